/** The entries of a revocation list (RFC 5280, 5.1.2.6 and 5.3). */
import { EXTENSION_OID } from '../oids.ts';
import { DerCursor } from './cursor.ts';
import { reasonOfCode, type RevocationReason } from './reasons.ts';
import { readExtensions, serialOf } from './values.ts';

/** What a list says of one certificate. */
export interface Revoked {
  readonly at: Date;
  readonly reason: RevocationReason;
}

const CERTIFICATE_ISSUER = '2.5.29.29';

/**
 * Serial number (see `normalSerial`) → revocation, from inside `revokedCertificates`. Throws a
 * TypeError for an entry that is broken, speaks of another issuer (indirect lists) or carries an
 * unknown critical extension.
 */
export function readEntries(list: DerCursor): ReadonlyMap<string, Revoked> {
  const revoked = new Map<string, Revoked>();
  while (!list.done) {
    const entry = list.sequence('an entry');
    const serial = serialOf(entry.integerHex());
    const at = entry.time();
    const reason = entry.skip(0x30) ? readReason(entry) : 'unspecified';
    entry.end();
    revoked.set(serial, { at, reason });
  }
  return revoked;
}

/** The extensions of nearly every entry: a reason code alone, up to the code itself. */
const REASON_ALONE = Buffer.from('300c300a0603551d1504030a01', 'hex');

function readReason(entry: DerCursor): RevocationReason {
  const { raw } = entry;
  if (raw.length === 14 && raw.compare(REASON_ALONE, 0, 13, 0, 13) === 0) {
    return reasonOfCode(raw[13] ?? 0);
  }
  let reason: RevocationReason = 'unspecified';
  for (const { id, critical, value } of readExtensions(entry.inside())) {
    if (id === CERTIFICATE_ISSUER) {
      throw new TypeError('an indirect list, which speaks of other issuers too');
    }
    if (id === EXTENSION_OID.reasonCode) reason = reasonOf(value);
    else if (critical) throw new TypeError(`an entry with an unknown critical extension (${id})`);
  }
  return reason;
}

function reasonOf(value: Buffer): RevocationReason {
  const cursor = DerCursor.of(value, 'a reason');
  cursor.expect(0x0a);
  const { content } = cursor;
  cursor.end();
  if (content.length !== 1) throw new TypeError('a reason that is no reason code');
  return reasonOfCode(content[0] ?? 0);
}
