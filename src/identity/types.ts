/** Who is calling, and what shows it. */
export type CallerIdentity = Identity | LocalIdentity | MonitorIdentity;

/** A user, and the certificate that shows it. */
export interface Identity {
  /** The certificate's only CN; matches the rule of user-name.ts. */
  readonly user: string;
  /**
   * Under which CA the name stands: `own` for the gate's own CA and its successors, otherwise the
   * SHA-256 of the issuing CA's public key (SubjectPublicKeyInfo), 64 lower-case hex digits. The
   * same name under another CA is another user.
   */
  readonly ca: string;
  /** The subject's only OU, where our own CA signed it; matches the rule of user-name.ts. */
  readonly role?: string;
  /** Serial number of the certificate, upper-case hex. */
  readonly serial: string;
  /** SHA-256 over the certificate's DER, 64 lower-case hex digits. */
  readonly fingerprint: string;
  /** Begin of the certificate's validity, ms since the epoch. */
  readonly notBefore: number;
  /** End of the certificate's validity, ms since the epoch. */
  readonly notAfter: number;
}

/**
 * Whoever may connect to a unix socket of the gate: the socket's owner and mode say who that is, and nothing
 * tells one of them from another. The name holds what no certificate's may, see user-name.ts.
 */
export interface LocalIdentity {
  /** `unix:` and the socket's absolute path. */
  readonly user: LocalUser;
  readonly ca: typeof LOCAL;
  readonly role?: undefined;
  readonly serial?: undefined;
  readonly fingerprint?: undefined;
  readonly notAfter?: undefined;
}

/** As user-name.ts allows. */
export type LocalUser = `unix:${string}`;

/** What stands in place of a CA for local callers. */
export const LOCAL = 'local';

/**
 * Whoever reaches the monitoring listener on loopback, where no certificate is asked for. A certificate may bear the
 * same name; `ca` tells them apart.
 */
export interface MonitorIdentity {
  readonly user: 'monitor';
  readonly ca: typeof LOOPBACK;
  readonly role?: undefined;
  readonly serial?: undefined;
  readonly fingerprint?: undefined;
  readonly notAfter?: undefined;
}

/** What stands in place of a CA for {@link MonitorIdentity}. */
export const LOOPBACK = 'loopback';

/** One text for a user, to count by: a name and the CA that it stands under. */
export function userKey({ ca, user }: CallerIdentity): string {
  return `${ca}/${user}`;
}
