import type { AuditRecord } from './chain/record.ts';
import { safeText } from './text.ts';

/** What can happen to a certificate of the gate's CA. */
export type CertificateEvent = 'certificate-issued' | 'certificate-renewed' | 'certificate-revoked';

/** What the trail tells of it; docs/audit-format.md lists the fields. */
export interface CertificateFacts {
  /** The user; for the gate's own certificate `server`, for a CA `ca`. Unknown where only the serial number is. */
  readonly user?: string | undefined;
  readonly kind?: 'ca' | 'server' | 'client' | undefined;
  readonly role?: string | undefined;
  /** Upper-case hex. */
  readonly serial: string;
  /** SHA-256 over the DER, 64 lower-case hex digits. */
  readonly fingerprint?: string | undefined;
  /** RFC 3339, UTC, with milliseconds. */
  readonly not_after?: string | undefined;
  /** The operating system's user whose command it was. */
  readonly by: string;
  readonly reason?: string | undefined;
}

/** The record for the trail. Names come from files and from the environment, and are made harmless. */
export function certificateRecord(event: CertificateEvent, facts: CertificateFacts): AuditRecord {
  const { user, role, by } = facts;
  return {
    event,
    ...facts,
    user: user === undefined ? undefined : safeText(user),
    role: role === undefined ? undefined : safeText(role),
    by: safeText(by),
  };
}
