import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { CallError } from '../errors.ts';
import { isUserName, USER_NAME_RULE } from '../user-name.ts';
import { Signatures } from './chain.ts';
import { Subjects, type Subject } from './subjects.ts';
import { OWN_CA, Trust, type Evidence, type Standing, type TrustTerms } from './trust.ts';
import {
  LOCAL,
  type CallerIdentity,
  type Identity,
  type LocalIdentity,
  type LocalUser,
} from './types.ts';
import { messageOf } from './withdrawn.ts';

/** Knows who is calling, for as long as the gate runs. */
export interface Identification {
  /**
   * Turns a finished handshake into an identity. The one place that decides whether a peer may speak
   * HTTP at all: the listener asks for certificates without enforcing them, so that the refused can
   * be told why, and everything that is not proven here is a refusal.
   *
   * @param socket a server-side socket after `secureConnection`.
   * @param now ms since the epoch.
   * @throws CallError `CERTIFICATE_REFUSED` with a message for the person at the other end.
   */
  identify(socket: TLSSocket, now: number): Identity;
  /**
   * Everybody who may connect to a unix socket of the gate is one user. There is no certificate, so nothing
   * that could end or be withdrawn.
   *
   * @param socketPath absolute path of the socket.
   */
  readonly identifyLocal: (socketPath: string) => LocalIdentity;
  /**
   * Asked again at every request: a connection outlives its handshake, and may outlive the
   * certificate (RFC 5280 section 6.1.3 (a)(2)), its CA and everybody's trust in it.
   *
   * @param now ms since the epoch.
   * @throws CallError `CERTIFICATE_REFUSED` for an expired, revoked, superseded or no longer trusted
   * certificate, and for an identity that was not made here.
   */
  confirm(identity: CallerIdentity, now: number): void;
  /** What an identity's certificate is worth by what is known now; undefined for a stranger's. */
  readonly standing: (identity: CallerIdentity) => Standing | undefined;
  /** From now on judges everybody by these terms. */
  replace(terms: TrustTerms): void;
}

/** What an identity rests on, and what that was worth when it was last judged. */
interface Known {
  readonly evidence: Evidence;
  /** By which terms, counted; not the terms themselves, which go when they are replaced. */
  judgedBy: number;
  standing: Standing;
}

/** @param terms what is believed until {@link Identification.replace} is called. */
export function createIdentification(terms: TrustTerms): Identification {
  const signatures = new Signatures();
  const subjects = new Subjects();
  let trust = new Trust(terms, signatures);
  let replaced = 0;
  const known = new WeakMap<CallerIdentity, Known>();
  const local = new WeakSet<CallerIdentity>();

  const standingOf = (identity: CallerIdentity): Standing | undefined => {
    if (local.has(identity)) return NEVER_ENDS;
    const found = known.get(identity);
    if (found === undefined) return undefined;
    if (found.judgedBy !== replaced) {
      found.standing = trust.standing(found.evidence);
      found.judgedBy = replaced;
    }
    return found.standing;
  };
  return {
    identify: (socket, now) => {
      const evidence = evidenceOf(socket);
      const standing = trust.standing(evidence);
      requireGood(standing, now);
      const identity = identityOf(evidence, standing, subjects.of(evidence));
      known.set(identity, { evidence, judgedBy: replaced, standing });
      return identity;
    },
    identifyLocal: (socketPath) => {
      const user: LocalUser = `unix:${socketPath}`;
      const identity: LocalIdentity = { user, ca: LOCAL };
      local.add(identity);
      return identity;
    },
    confirm: (identity, now) => {
      const standing = standingOf(identity);
      if (standing === undefined) refuse('the identity of this connection is not known');
      requireGood(standing, now);
    },
    standing: standingOf,
    replace: (next) => {
      trust = new Trust(next, signatures);
      replaced += 1;
    },
  };
}

const NEVER_ENDS: Standing = { ca: LOCAL, endsAt: Infinity, by: 'expired' };

/** Written so that a moment that cannot be read counts as passed. */
function requireGood(standing: Standing, now: number): void {
  if (!(now < standing.endsAt)) refuse(messageOf(standing));
}

/** OpenSSL's verdict comes first: nothing that it refused is looked at any further. */
function evidenceOf(socket: TLSSocket): Evidence {
  // Node 20 reports a resumed TLS 1.3 session without any certificate as authorized. Sessions are
  // never resumed here; if one ever is, it proves nothing.
  if (socket.isSessionReused()) refuse('resumed TLS sessions are not accepted; connect anew');
  const leaf = socket.getPeerX509Certificate();
  if (leaf === undefined) refuse(NO_CERTIFICATE);
  if (!socket.authorized) refuse(reasonFor(socket));
  const fingerprint = leaf.fingerprint256.replaceAll(':', '').toLowerCase();
  return { leaf, sent: sentWith(leaf), fingerprint };
}

/** The chain as the peer sent it, without the leaf. */
function sentWith(leaf: X509Certificate): readonly X509Certificate[] {
  const sent: X509Certificate[] = [];
  let next = leaf.issuerCertificate;
  // OpenSSL gave up long before; the bound is for circles.
  while (next !== undefined && next !== leaf && sent.length < MAX_SENT) {
    sent.push(next);
    next = next.issuerCertificate;
  }
  return sent;
}

const MAX_SENT = 16;

function identityOf({ leaf, fingerprint }: Evidence, { ca }: Standing, subject: Subject): Identity {
  const role = ca === OWN_CA ? roleOf(subject['OU']) : undefined;
  return {
    user: userOf(subject['CN']),
    ca,
    ...(role !== undefined && { role }),
    serial: leaf.serialNumber,
    fingerprint,
    notBefore: Date.parse(leaf.validFrom),
    notAfter: Date.parse(leaf.validTo),
  };
}

/**
 * The user's name is the CN, and there has to be exactly one (a second one would be another name
 * for the same key).
 */
function userOf(name: unknown): string {
  if (Array.isArray(name)) refuse('the client certificate has several common names');
  if (name === undefined) refuse('the client certificate has no common name');
  if (!isUserName(name)) refuse(`the common name is not a user name: ${USER_NAME_RULE}`);
  return name;
}

/** The role is the OU; of two nobody could say which one counts. */
function roleOf(role: unknown): string | undefined {
  if (role === undefined) return undefined;
  if (Array.isArray(role)) refuse('the client certificate has several roles (OU)');
  if (!isUserName(role)) refuse(`the role (OU) is not as it has to be: ${USER_NAME_RULE}`);
  return role;
}

/** Go clients hold back a certificate whose issuer the server does not name, so: one message. */
const NO_CERTIFICATE =
  'no client certificate, or one from another CA than this gate trusts; check DOCKER_CERT_PATH and DOCKER_TLS_VERIFY=1';

const OTHER_CA = 'the client certificate is from a CA that this gate does not trust';

/** OpenSSL's verdicts (`X509_V_ERR_*`, as Node names them) in words. */
const REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the client certificate has expired; ask for a new one',
  CERT_NOT_YET_VALID: 'the client certificate is not valid yet; check the clocks of both hosts',
  INVALID_PURPOSE: 'the certificate is not made for clients (extended key usage clientAuth)',
  UNABLE_TO_GET_ISSUER_CERT: OTHER_CA,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: OTHER_CA,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: OTHER_CA,
  CERT_SIGNATURE_FAILURE: OTHER_CA,
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the client certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: OTHER_CA,
  // What Node says of a chain through a certificate that is no CA.
  UNSPECIFIED: 'the client certificate does not lead to a CA that this gate trusts',
  INVALID_CA: 'the client certificate was issued by a certificate that is no CA',
};

function reasonFor(socket: TLSSocket): string {
  // An Error by its type, a string such as CERT_HAS_EXPIRED in fact.
  const code = String(socket.authorizationError);
  return REASONS[code] ?? `the client certificate does not verify (${code})`;
}

function refuse(reason: string): never {
  throw new CallError('CERTIFICATE_REFUSED', `access refused: ${reason}`);
}
