import { createHash, type X509Certificate } from 'node:crypto';
import { findPath, type AskLists, type Obstacle, type Signatures } from './chain.ts';

/** What is believed and what is withdrawn at one moment; replaced as a whole, never changed. */
export interface TrustTerms {
  /** Every certificate of the CA bundle. */
  readonly trusted: readonly X509Certificate[];
  /** Those of our own CA and its successors. */
  readonly own: readonly X509Certificate[];
  /** Asks the revocation lists. */
  readonly ask: AskLists;
  /** By fingerprint: what the inventory says was revoked, and why. */
  readonly revoked: ReadonlyMap<string, string>;
  /** By fingerprint: from which moment on the inventory says that it was replaced, ms. */
  readonly supersededAt: ReadonlyMap<string, number>;
}

/** A certificate with what its peer sent along. */
export interface Evidence {
  readonly leaf: X509Certificate;
  readonly sent: readonly X509Certificate[];
  /** SHA-256 of the leaf, 64 lower-case hex digits. */
  readonly fingerprint: string;
}

/** Why a certificate is worth nothing any more. */
export type Withdrawal = 'revoked' | 'superseded' | 'expired' | 'untrusted' | 'list-in-doubt';

/** What a certificate is worth, for as long as the same {@link Trust} stands. */
export interface Standing {
  /** As in Identity. */
  readonly ca: string;
  /** The first moment at which it is worth nothing, ms since the epoch; -Infinity: never was. */
  readonly endsAt: number;
  /** What happens then. */
  readonly by: Withdrawal;
  /** For `revoked`: the reason of RFC 5280, 5.3.1. */
  readonly detail?: string;
}

const MAX_REMEMBERED = 20_000;

/** Judges certificates by one set of terms. Each is judged once, and then remembered. */
export class Trust {
  readonly #terms: TrustTerms;
  readonly #signatures: Signatures;
  readonly #own: ReadonlySet<string>;
  readonly #standings = new Map<string, Standing>();

  constructor(terms: TrustTerms, signatures: Signatures) {
    this.#terms = terms;
    this.#signatures = signatures;
    this.#own = new Set(terms.own.map(publicKeyId));
  }

  standing(evidence: Evidence): Standing {
    // The same leaf with other certificates beside it may lead elsewhere.
    const key = [evidence.leaf, ...evidence.sent].map((one) => one.fingerprint256).join();
    let standing = this.#standings.get(key);
    if (standing === undefined) {
      standing = this.#judge(evidence);
      if (this.#standings.size >= MAX_REMEMBERED) this.#standings.clear();
      this.#standings.set(key, standing);
    }
    return standing;
  }

  #judge({ leaf, sent, fingerprint }: Evidence): Standing {
    const { trusted, ask, revoked, supersededAt } = this.#terms;
    const reason = revoked.get(fingerprint);
    if (reason !== undefined) return worthless({ kind: 'revoked', reason, leaf: true });
    const path = findPath(leaf, { trusted, sent, signatures: this.#signatures, ask });
    if ('kind' in path) return worthless(path);
    const key = publicKeyId(path.issuer);
    const ca = this.#own.has(key) ? OWN_CA : key;
    const replaced = supersededAt.get(fingerprint) ?? Infinity;
    // notAfter itself is still valid (RFC 5280, 4.1.2.5). An unreadable date counts as passed.
    const expired = Number.isNaN(path.until) ? -Infinity : path.until + 1;
    return replaced < expired
      ? { ca, endsAt: replaced, by: 'superseded' }
      : { ca, endsAt: expired, by: 'expired' };
  }
}

/** What Identity calls our own CA. */
export const OWN_CA = 'own';

function worthless(obstacle: Obstacle): Standing {
  const never = { ca: '', endsAt: -Infinity };
  if (obstacle.kind === 'no-root') return { ...never, by: 'untrusted' };
  if (obstacle.kind === 'list-in-doubt') return { ...never, by: 'list-in-doubt' };
  // Lists of ours carry what was replaced too, once it is.
  if (obstacle.reason === 'superseded') return { ...never, by: 'superseded' };
  const detail = obstacle.leaf ? obstacle.reason : `its CA: ${obstacle.reason}`;
  return { ...never, by: 'revoked', detail };
}

/** SHA-256 over the SubjectPublicKeyInfo, 64 lower-case hex digits. */
function publicKeyId({ publicKey }: X509Certificate): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}
