/** Who is calling: a user, and the certificate that shows it. */
export interface Identity {
  /** The certificate's only CN; matches the rule of user-name.ts. */
  readonly user: string;
  /** Serial number of the certificate, upper-case hex. */
  readonly serial: string;
  /** SHA-256 over the certificate's DER, 64 lower-case hex digits. */
  readonly fingerprint: string;
  /** End of the certificate's validity, ms since the epoch. */
  readonly notAfter: number;
}
