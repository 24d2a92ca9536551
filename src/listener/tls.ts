import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import tls, { type TlsOptions } from 'node:tls';
import { CommandError } from '../errors.ts';
import { blocksOf, servedChain } from './served-chain.ts';

/** What the listener shows and whom it believes, all PEM. */
export interface Credentials {
  /** The only authorities whose clients are let in. Never empty: Node would fall back to its own. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** AEAD suites only: the three of TLS 1.3, and the six that dockerd offers under 1.2. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** A handshake that takes longer is given up, ms. */
const HANDSHAKE_MS = 10_000;

/**
 * Mutual TLS for the listener. Certificates are asked for but not enforced by TLS: OpenSSL's
 * verdict is enforced by admission.ts, which can tell the refused why.
 */
export function tlsOptions({ ca, cert, key }: Credentials): TlsOptions {
  return {
    ca,
    cert: servedChain(cert, ca),
    key,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: HANDSHAKE_MS,
    // No resumption and no renegotiation: every connection shows its certificate, once. On Node 20
    // a resumed TLS 1.3 session without any certificate counts as authorized.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    // A client's end of input must not end the daemon's output.
    allowHalfOpen: true,
  };
}

/**
 * Refuses credentials that could not serve anybody, before the listener opens.
 *
 * @param now ms since the epoch.
 * @throws CommandError `CERTIFICATE_INVALID`, `KEY_MISMATCH` or `CERTIFICATE_EXPIRED`; the message
 * names the file.
 */
export function checkCredentials(
  { ca, cert, key }: Credentials,
  files: Readonly<Record<keyof Credentials, string>>,
  now: number,
): void {
  const blocks = blocksOf(ca);
  for (const block of blocks.length === 0 ? [ca] : blocks) {
    parseCertificate(block, files.ca);
  }
  const own = parseCertificate(cert, files.cert);
  if (!own.checkPrivateKey(parseKey(key, files.key))) {
    throw new CommandError(
      'KEY_MISMATCH',
      `the key ${files.key} does not belong to the certificate ${files.cert}`,
      'put the pair back that belongs together, or move both away and run "dockgate init-certs"',
    );
  }
  const renew = `move ${files.cert} and ${files.key} away and run "dockgate init-certs" for a new pair`;
  if (Date.parse(own.validTo) < now) {
    throw new CommandError(
      'CERTIFICATE_EXPIRED',
      `the server certificate ${files.cert} expired on ${own.validTo}`,
      renew,
    );
  }
  if (Date.parse(own.validFrom) > now) {
    throw new CommandError(
      'CERTIFICATE_INVALID',
      `the server certificate ${files.cert} is not valid before ${own.validFrom}`,
      'check the clock of this host with "timedatectl"',
    );
  }
  // Node lists the extended key usages as OIDs; none at all means any (RFC 5280 section 4.2.1.12).
  const purposes = own.keyUsage as readonly string[] | undefined;
  if (purposes !== undefined && !purposes.includes(SERVER_AUTH)) {
    throw new CommandError(
      'CERTIFICATE_INVALID',
      `the certificate ${files.cert} is not made for servers (extended key usage serverAuth)`,
      renew,
    );
  }
  requireContext({ ca, cert, key }, files.cert);
}

/** What OpenSSL does not serve with, such as a key that is too short, shows here. */
function requireContext(credentials: Credentials, file: string): void {
  try {
    tls.createSecureContext(tlsOptions(credentials));
  } catch (error) {
    throw new CommandError(
      'CERTIFICATE_INVALID',
      `OpenSSL does not serve with ${file}: ${error instanceof Error ? error.message : String(error)}`,
      'make a new pair with "dockgate server renew"',
      { cause: error },
    );
  }
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

function parseCertificate(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new CommandError(
      'CERTIFICATE_INVALID',
      `${file} is not a PEM certificate`,
      'it starts with "-----BEGIN CERTIFICATE-----"; restore it, or make a set with "dockgate init-certs"',
      { cause: error },
    );
  }
}

function parseKey(pem: string, file: string) {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new CommandError(
      'CERTIFICATE_INVALID',
      `${file} is not an unencrypted PEM private key`,
      'it starts with "-----BEGIN PRIVATE KEY-----"; restore it, or make a set with "dockgate init-certs"',
      { cause: error },
    );
  }
}
