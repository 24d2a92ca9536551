import { X509Certificate } from 'node:crypto';

/**
 * What a server shows, PEM: its certificate, and behind it those that signed it, as far as the CA bundle has them. OpenSSL would send the same
 * of a file with nothing but the certificate, and look for it, with all signatures checked, in every handshake
 * (`ssl_add_cert_chain` in ssl/statem/statem_lib.c): a twentieth of what a connection costs.
 *
 * A file that names others behind the certificate says itself what is to be shown, and is returned as it is.
 *
 * @param cert PEM of one certificate or several, the server's first.
 * @param ca PEM of the CA bundle.
 * @throws where a block is no certificate.
 */
export function servedChain(cert: string, ca: string): string {
  const [own, ...others] = blocksOf(cert);
  if (own === undefined || others.length > 0) return cert;
  const candidates = blocksOf(ca).map((block) => new X509Certificate(block));
  const chain: X509Certificate[] = [];
  for (
    let next = issuerOf(new X509Certificate(own), candidates);
    next !== undefined && !chain.includes(next);
    next = issuerOf(next, candidates)
  ) {
    chain.push(next);
  }
  return [own.trimEnd(), ...chain.map((issuer) => issuer.toString().trimEnd()), ''].join('\n');
}

/** PEM blocks, each with what stands behind it. Split at the beginnings, so that one without an end is among them. */
export function blocksOf(pem: string): string[] {
  return pem.split(/(?=-----BEGIN )/).filter((block) => block.startsWith('-----BEGIN '));
}

/** Of several that signed it, such as a CA and its renewal with the same key, the one that lasts longest. */
function issuerOf(
  certificate: X509Certificate,
  candidates: readonly X509Certificate[],
): X509Certificate | undefined {
  if (certificate.subject === certificate.issuer) return undefined;
  return candidates
    .filter((issuer) => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey))
    .toSorted((one, other) => Date.parse(other.validTo) - Date.parse(one.validTo))[0];
}
