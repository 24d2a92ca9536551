/** One line of a report of testssl.sh. */
export interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

/** Findings that must be there, and say this: a scan that found nothing out is no good one. */
export const EXPECTED: Readonly<Record<string, RegExp>> = {
  SSLv2: /not offered/,
  SSLv3: /not offered/,
  TLS1: /not offered/,
  TLS1_1: /not offered/,
  TLS1_2: /^offered/,
  TLS1_3: /^offered/,
  cipherlist_NULL: /not offered/,
  cipherlist_aNULL: /not offered/,
  cipherlist_EXPORT: /not offered/,
  cipherlist_LOW: /not offered/,
  cipherlist_3DES_IDEA: /not offered/,
  heartbleed: /not vulnerable/,
  CCS: /not vulnerable/,
  ROBOT: /not vulnerable/,
  secure_client_renego: /not vulnerable/,
  CRIME_TLS: /not vulnerable/,
  POODLE_SSL: /not vulnerable/,
  SWEET32: /not vulnerable/,
  FREAK: /not vulnerable/,
  DROWN: /not vulnerable/,
  LOGJAM: /not vulnerable/,
  BEAST: /not vulnerable/,
  LUCKY13: /not vulnerable/,
  RC4: /not vulnerable/,
};

/**
 * What a private CA brings along and the public web would mind: clients of the gate trust this CA alone, its lists are at the
 * gate, and nobody asks for HTTP headers of web pages.
 */
const OF_A_PRIVATE_CA =
  /^(cert_(trust|chain_of_trust|revocation|crlDistributionPoints|ocspURL|expirationStatus|caIssuers|validityPeriod|notAfter|extlifeSpan)|OCSP_stapling|DNS_CAArecord|certificate_transparency|HSTS|security_headers|overall_grade|grade_cap|scanTime|engine_problem)/;

const BAD: ReadonlySet<string> = new Set(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL']);

/** @returns everything that should not be, in words. */
export function judgeScan(findings: readonly Finding[]): string[] {
  const problems = findings
    .filter(({ id, severity }) => BAD.has(severity) && !OF_A_PRIVATE_CA.test(id))
    .map(({ id, severity, finding }) => `${severity} ${id}: ${finding}`);
  for (const [id, expected] of Object.entries(EXPECTED)) {
    const found = findings.filter((one) => one.id === id).map(({ finding }) => finding);
    if (found.some((finding) => expected.test(finding))) continue;
    problems.push(`${id}: ${found.join(', ') || 'not tested'}`);
  }
  return problems;
}
