import { X509Certificate } from 'node:crypto';

/**
 * What a server shows, PEM: its certificate, and behind it those that signed it, as far as the CA bundle has them. OpenSSL would send the same
 * of a file with nothing but the certificate, and look for it, with all signatures checked, in every handshake
 * (`ssl_add_cert_chain` in ssl/statem/statem_lib.c): a twentieth of what a connection costs.
 *
 * It is left to OpenSSL where the bundle gives a choice: which of a CA, its renewal and its cross-signed twin is shown depends on
 * what is valid at that moment, and on their order. A file that names others behind the certificate says itself what is to be shown.
 *
 * @param cert PEM of one certificate or several, the server's first.
 * @param ca PEM of the CA bundle.
 * @returns `cert` as it is in both of these cases.
 * @throws where a block is no certificate.
 */
export function servedChain(cert: string, ca: string): string {
  const [own, ...others] = blocksOf(cert);
  if (own === undefined || others.length > 0) return cert;
  const bundle = distinct(blocksOf(ca).map((block) => new X509Certificate(block)));
  const chain = [new X509Certificate(own)];
  for (let last = chain[0]; last !== undefined; last = chain.at(-1)) {
    const issuers = issuersOf(last, bundle);
    const [issuer] = issuers;
    if (issuer === undefined || issuer.fingerprint256 === last.fingerprint256) break;
    if (issuers.length > 1 || chain.includes(issuer)) return cert;
    chain.push(issuer);
  }
  const above = chain.slice(1).map((issuer) => issuer.toString().trimEnd());
  return [own.trimEnd(), ...above, ''].join('\n');
}

/** PEM blocks, each with what stands behind it. Split at the beginnings, so that one without an end is among them. */
export function blocksOf(pem: string): string[] {
  return pem.split(/(?=-----BEGIN )/).filter((block) => block.startsWith('-----BEGIN '));
}

/** Names that are the same say nothing: a CA may have signed its older key under its own name. */
function issuersOf(
  certificate: X509Certificate,
  bundle: readonly X509Certificate[],
): X509Certificate[] {
  return bundle.filter(
    (issuer) => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey),
  );
}

function distinct(certificates: readonly X509Certificate[]): X509Certificate[] {
  return [...new Map(certificates.map((one) => [one.fingerprint256, one])).values()];
}
