import path from 'node:path';
import type { Trail } from '../audit/trail.ts';
import type { Config } from '../config/schema.ts';
import { CommandError, systemCode } from '../errors.ts';
import { factsOf } from './certificate-events.ts';
import { WARN_DAYS } from './expiry.ts';
import type { Log } from './log.ts';
import type { Material } from './material.ts';

interface AutoRenewDeps {
  /** Of the certificate that the listener shows. */
  readonly daysLeft: number;
  readonly log: Log;
  readonly trail: Pick<Trail, 'certificate'>;
  /** ms since the epoch. */
  readonly now: number;
}

/**
 * Renews the server's certificate, with the names that it has, where it ends within 30 days and the
 * CA's key is at hand. What is in the way is said, and is no reason to stop.
 *
 * @returns true where a new pair has been written; a reload takes it up.
 */
export async function autoRenew(
  { certsDir, tls }: Config,
  { server, trust }: Pick<Material, 'server' | 'trust'>,
  { daysLeft, log, trail, now }: AutoRenewDeps,
): Promise<boolean> {
  if (daysLeft >= WARN_DAYS) return false;
  if (path.resolve(tls.cert) !== path.resolve(certsDir, 'server-cert.pem')) {
    log.warn({ file: tls.cert }, 'not renewed: the server certificate is not one of --certs');
    return false;
  }
  // A leaf does not outlive its CA: there is nothing to gain.
  const ends = Date.parse(server.validTo);
  const issuers = trust.trusted.filter((ca) => server.checkIssued(ca));
  if (issuers.length > 0 && issuers.every((ca) => Date.parse(ca.validTo) <= ends)) return false;
  try {
    // Loaded when needed: the X.509 library is the slowest import of all.
    const { renewServer } = await import('../pki/server-renew.ts');
    const renewed = await renewServer({ dir: certsDir, sans: [], now: new Date(now) });
    trail.certificate('certificate-renewed', factsOf(renewed.entry, { reason: 'auto-renew' }));
    log.info(
      { file: renewed.path, serial: renewed.entry.serial },
      'renewed the server certificate',
    );
    return true;
  } catch (error) {
    const reason = error instanceof CommandError ? error.message : systemCode(error);
    log.warn({ reason }, 'the server certificate could not be renewed');
    return false;
  }
}
