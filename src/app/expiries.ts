import type { X509Certificate } from 'node:crypto';
import type { Identity } from '../identity/types.ts';
import type { Sample } from '../monitor/registry.ts';
import { fingerprintOf } from '../pki/fingerprint.ts';
import type { Material } from './material.ts';

/** So many certificates of clients have a series of their own: those that end first. */
const MAX_CLIENTS = 500;

/** No certificate names a user like that: see user-name.ts. */
const OTHERS = '(others)';

/** When certificates end: the gate's own, those of its CAs, and those of the clients that were seen. */
export function* expiriesOf(
  { server, trust }: Pick<Material, 'server' | 'trust'>,
  clients: Iterable<Identity>,
): Iterable<Sample> {
  yield* own('server', server);
  for (const ca of trust.trusted) yield* own('ca', ca);
  const byEnd = [...clients].sort((one, other) => one.notAfter - other.notAfter);
  for (const { user, fingerprint, notAfter } of byEnd.slice(0, MAX_CLIENTS)) {
    yield sample(notAfter, 'client', user, fingerprint);
  }
  const next = byEnd[MAX_CLIENTS];
  if (next !== undefined) yield sample(next.notAfter, 'client', OTHERS, '');
}

function* own(kind: 'server' | 'ca', certificate: X509Certificate): Iterable<Sample> {
  const notAfter = Date.parse(certificate.validTo);
  if (!Number.isNaN(notAfter)) yield sample(notAfter, kind, '', fingerprintOf(certificate));
}

function sample(notAfter: number, kind: string, user: string, fingerprint: string): Sample {
  return [Math.floor(notAfter / 1000), { kind, user, fingerprint: fingerprint.slice(0, 16) }];
}
