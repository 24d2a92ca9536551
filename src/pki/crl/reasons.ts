/** Why a certificate was revoked: the names and codes of RFC 5280, 5.3.1. */
const REASON_CODE = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const;

/** removeFromCRL (8) is left out: it belongs to delta CRLs alone. */
export type RevocationReason = keyof typeof REASON_CODE;

/** All reasons, in the order of their codes. */
export const REVOCATION_REASONS = Object.keys(REASON_CODE) as readonly RevocationReason[];

const REASONS = new Map(
  REVOCATION_REASONS.map((reason) => [REASON_CODE[reason] as number, reason]),
);

/** The code that stands for a reason in a CRL. */
export function codeOfReason(reason: RevocationReason): number {
  return REASON_CODE[reason];
}

/** The reason that a code stands for; one that the RFC does not know counts as `unspecified`. */
export function reasonOfCode(code: number): RevocationReason {
  return REASONS.get(code) ?? 'unspecified';
}
