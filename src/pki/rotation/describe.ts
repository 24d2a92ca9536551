/** What `ca show` tells: the CAs that are trusted, the revocation lists, and how a rotation stands. */
import type { X509Certificate } from 'node:crypto';
import { loadAuthorities, type AuthorityOptions } from '../authorities.ts';
import { isSigner, type Authority } from '../authority.ts';
import { readCrls } from '../crl/read.ts';
import { layoutOf, type Layout } from '../layout.ts';
import { readIfPresent } from '../read-files.ts';
import { fingerprintOf, issuerId } from '../store/entry.ts';
import { readEntries } from '../store/store.ts';
import { validityOf } from '../validity.ts';
import { rotationStatus, type RotationStatus } from './status.ts';

export interface CaView {
  readonly subject: string;
  /** `signs` what is issued now; `old` is being replaced; `trusted` only signed something once. */
  readonly part: 'signs' | 'old' | 'trusted';
  readonly id: string;
  readonly fingerprint: string;
  readonly notAfter: string;
  readonly daysLeft: number;
  /** Whether its key is on this machine: `locked` is encrypted and not opened. */
  readonly key: 'here' | 'locked' | 'not here';
}

export interface ListView {
  readonly issuer: string;
  readonly number: string;
  readonly thisUpdate: string;
  readonly nextUpdate: string;
  readonly revoked: number;
}

export interface CaReport {
  readonly authorities: readonly CaView[];
  readonly lists: readonly ListView[];
  readonly rotation: RotationStatus | undefined;
}

const DAY_MS = 86_400_000;

/** Throws what loading the CA, the inventory and the lists throws. */
export async function describeAuthorities(
  dir: string,
  options: AuthorityOptions,
): Promise<CaReport> {
  const layout = layoutOf(dir);
  const entries = await readEntries(dir, 'ca show');
  const authorities = await loadAuthorities(layout, options);
  const inventory = { certificates: entries, revokedUnseen: [] };
  return {
    authorities: authorities.current.trusted.map((certificate) =>
      view(certificate, authorities.all, options.now),
    ),
    lists: await listViews(layout, authorities.current.trusted),
    rotation: await rotationStatus(layout, inventory, authorities, options.now),
  };
}

function view(certificate: X509Certificate, known: readonly Authority[], now: Date): CaView {
  const { notAfter } = validityOf(certificate);
  const index = known.findIndex((authority) => authority.certificate.raw.equals(certificate.raw));
  const authority = known[index];
  return {
    subject: certificate.subject.replaceAll('\n', ', '),
    part: index === 0 ? 'signs' : index === 1 ? 'old' : 'trusted',
    id: issuerId(certificate),
    fingerprint: fingerprintOf(certificate),
    notAfter: notAfter.toISOString(),
    daysLeft: Math.floor((notAfter.getTime() - now.getTime()) / DAY_MS),
    key: authority === undefined ? 'not here' : keyOf(authority),
  };
}

function keyOf(authority: Authority): CaView['key'] {
  if (isSigner(authority)) return 'here';
  return authority.keyFile === undefined ? 'not here' : 'locked';
}

async function listViews(
  layout: Layout,
  trusted: readonly X509Certificate[],
): Promise<readonly ListView[]> {
  const file = await readIfPresent(layout.crl);
  const crls = file === undefined ? [] : readCrls(file.text, file.path);
  return crls.map((crl) => {
    const issuer = trusted.find((ca) => crl.verify(ca));
    return {
      issuer: issuer?.subject.replaceAll('\n', ', ') ?? 'unknown',
      number: crl.number?.toString() ?? '-',
      thisUpdate: crl.thisUpdate.toISOString(),
      nextUpdate: crl.nextUpdate?.toISOString() ?? '-',
      revoked: crl.revoked.size,
    };
  });
}
