import type { Standing, Withdrawal } from './trust.ts';

/** What the person at the other end is told. */
const MESSAGES: Readonly<Record<Withdrawal, string>> = {
  revoked: 'the client certificate was revoked',
  superseded: 'the client certificate was replaced by a newer one; use that',
  expired: 'the client certificate has expired; ask for a new one',
  untrusted: 'the client certificate is from a CA that this gate does not trust',
  'list-in-doubt': 'the revocation list of the client certificate’s CA cannot be verified',
};

/** What the trail says of a connection or a call that ended with its certificate. */
const REASONS: Readonly<Record<Withdrawal, string>> = {
  revoked: 'certificate revoked',
  superseded: 'certificate superseded',
  expired: 'certificate expired',
  untrusted: 'certificate no longer trusted',
  'list-in-doubt': 'certificate revocation cannot be verified',
};

/** One sentence for the peer, without an end. */
export function messageOf({ by, detail }: Standing): string {
  return detail === undefined ? MESSAGES[by] : `${MESSAGES[by]} (${detail})`;
}

/** A few words for the trail. */
export function withdrawalOf({ by, detail }: Standing): string {
  return detail === undefined ? REASONS[by] : `${REASONS[by]} (${detail})`;
}
