import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { CallError } from '../errors.ts';
import { isUserName, USER_NAME_RULE } from '../user-name.ts';
import type { Identity } from './types.ts';

/**
 * Turns a finished handshake into an identity. The one place that decides whether a peer may speak
 * HTTP at all: the listener asks for certificates without enforcing them, so that the refused can
 * be told why, and everything that is not proven here is a refusal.
 *
 * @param socket a server-side socket after `secureConnection`.
 * @throws CallError `CERTIFICATE_REFUSED` with a message for the person at the other end.
 */
export function identifyPeer(socket: TLSSocket): Identity {
  // Node 20 reports a resumed TLS 1.3 session without any certificate as authorized. Sessions are
  // never resumed here; if one ever is, it proves nothing.
  if (socket.isSessionReused()) refuse('resumed TLS sessions are not accepted; connect anew');
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) refuse(NO_CERTIFICATE);
  if (!socket.authorized) refuse(reasonFor(socket));
  return {
    user: userOf(certificate),
    serial: certificate.serialNumber,
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    notAfter: Date.parse(certificate.validTo),
  };
}

/**
 * Asked again at every request: a connection outlives its handshake, and may outlive the
 * certificate (RFC 5280 section 6.1.3 (a)(2)).
 *
 * @param now ms since the epoch.
 * @throws CallError `CERTIFICATE_REFUSED` from the moment after `notAfter`.
 */
export function confirmIdentity(identity: Identity, now: number): void {
  // Written so that a date that cannot be read counts as passed.
  if (!(now <= identity.notAfter)) refuse(REASONS['CERT_HAS_EXPIRED'] ?? '');
}

/** Go clients hold back a certificate whose issuer the server does not name, so: one message. */
const NO_CERTIFICATE =
  'no client certificate, or one from another CA than this gate trusts; check DOCKER_CERT_PATH and DOCKER_TLS_VERIFY=1';

/** OpenSSL's verdicts (`X509_V_ERR_*`, as Node names them) in words. */
const REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the client certificate has expired; ask for a new one',
  CERT_NOT_YET_VALID: 'the client certificate is not valid yet; check the clocks of both hosts',
  INVALID_PURPOSE: 'the certificate is not made for clients (extended key usage clientAuth)',
  UNABLE_TO_GET_ISSUER_CERT: 'the client certificate is from a CA that this gate does not trust',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'the client certificate is from a CA that this gate does not trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'the client certificate is from a CA that this gate does not trust',
  CERT_SIGNATURE_FAILURE: 'the client certificate is from a CA that this gate does not trust',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the client certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the client certificate is from a CA that this gate does not trust',
  // What Node says of a chain through a certificate that is no CA.
  UNSPECIFIED: 'the client certificate does not lead to a CA that this gate trusts',
  INVALID_CA: 'the client certificate was issued by a certificate that is no CA',
};

function reasonFor(socket: TLSSocket): string {
  // An Error by its type, a string such as CERT_HAS_EXPIRED in fact.
  const code = String(socket.authorizationError);
  return REASONS[code] ?? `the client certificate does not verify (${code})`;
}

/**
 * The user's name is the CN, and there has to be exactly one (a second one would be another name
 * for the same key). Read from the unescaped form: what the rule refuses must not hide in escapes.
 */
function userOf(certificate: X509Certificate): string {
  const { subject } = certificate.toLegacyObject();
  const name: unknown = (subject as { CN?: unknown } | undefined)?.CN;
  if (Array.isArray(name)) refuse('the client certificate has several common names');
  if (name === undefined) refuse('the client certificate has no common name');
  if (!isUserName(name)) refuse(`the common name is not a user name: ${USER_NAME_RULE}`);
  return name;
}

function refuse(reason: string): never {
  throw new CallError('CERTIFICATE_REFUSED', `access refused: ${reason}`);
}
