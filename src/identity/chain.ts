import type { X509Certificate } from 'node:crypto';

/** A way from a certificate up to a root, as far as this gate is concerned. */
export interface Path {
  /** The certificate that signed the leaf; the leaf itself where it is a root. */
  readonly issuer: X509Certificate;
  /** The last moment at which every certificate on the way is valid, ms since the epoch. */
  readonly until: number;
}

/** Why there is no way. */
export type Obstacle =
  | { readonly kind: 'no-root' }
  | { readonly kind: 'revoked'; readonly reason: string; readonly leaf: boolean }
  /** A revocation list that claims to be of an issuer on the way, and is not. */
  | { readonly kind: 'list-in-doubt' };

/** What the issuer's revocation list says of a certificate. */
export type ListVerdict =
  | undefined
  /** Reason of RFC 5280, 5.3.1. */
  | { readonly revoked: string }
  | 'in-doubt';

/** Asks the list of `issuer` for a serial number as `X509Certificate.serialNumber` has it. */
export type AskLists = (issuer: X509Certificate, serial: string) => ListVerdict;

/** Longer chains are nobody's; it also ends the circles that cross-signed CAs make. */
const MAX_DEPTH = 8;

/**
 * Remembers which certificate signed which: that never changes, and asking costs a signature check.
 */
export class Signatures {
  readonly #known = new Map<string, boolean>();

  /** True where `issuer` signed `child`, by name, key identifiers, key usage and signature. */
  holds(child: X509Certificate, issuer: X509Certificate): boolean {
    const key = `${child.fingerprint256}${issuer.fingerprint256}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    // Roots of version 1 say nothing of being a CA, and are trusted because they are configured.
    const isCa = issuer.ca || isSelfIssued(issuer);
    const holds = isCa && child.checkIssued(issuer) && child.verify(issuer.publicKey);
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    this.#known.set(key, holds);
    return holds;
  }
}

const MAX_REMEMBERED = 20_000;

/** Where to look for issuers, and what to ask of them. */
export interface Surroundings {
  /** A way ends at a self-signed one of these, as OpenSSL has it. */
  readonly trusted: readonly X509Certificate[];
  /** Certificates that the peer sent along; they prove nothing by themselves. */
  readonly sent: readonly X509Certificate[];
  readonly signatures: Signatures;
  readonly ask: AskLists;
}

/**
 * The way from `leaf` to a trusted root that lasts longest, leaving out every revoked certificate.
 * It judges anew what OpenSSL has accepted in a handshake: against what is trusted and revoked now.
 */
export function findPath(leaf: X509Certificate, around: Surroundings): Path | Obstacle {
  return walk(leaf, around, 0);
}

function walk(certificate: X509Certificate, around: Surroundings, depth: number): Path | Obstacle {
  const own = Date.parse(certificate.validTo);
  const { trusted, sent, signatures, ask } = around;
  const isTrusted = trusted.some((ca) => ca.fingerprint256 === certificate.fingerprint256);
  if (isTrusted && isSelfIssued(certificate)) return { issuer: certificate, until: own };
  let best: Path | undefined;
  let obstacle: Obstacle = { kind: 'no-root' };
  if (depth >= MAX_DEPTH) return obstacle;
  for (const issuer of new Set([...trusted, ...sent])) {
    if (!signatures.holds(certificate, issuer)) continue;
    const verdict = ask(issuer, certificate.serialNumber);
    if (verdict === 'in-doubt') obstacle = { kind: 'list-in-doubt' };
    else if (verdict !== undefined) {
      obstacle = { kind: 'revoked', reason: verdict.revoked, leaf: depth === 0 };
    } else {
      const above = walk(issuer, around, depth + 1);
      if ('kind' in above) {
        if (obstacle.kind === 'no-root') obstacle = above;
      } else if (best === undefined || Math.min(own, above.until) > best.until) {
        best = { issuer, until: Math.min(own, above.until) };
      }
    }
  }
  return best ?? obstacle;
}

const isSelfIssued = ({ subject, issuer }: X509Certificate): boolean => subject === issuer;
