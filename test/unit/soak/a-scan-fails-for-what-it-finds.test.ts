import { expect, it } from 'vitest';
import { EXPECTED, judgeScan, type Finding } from '../../../bench/scan/findings.ts';

const good = Object.entries(EXPECTED).map(([id, pattern]): Finding => {
  const finding = pattern.source.replace('^', '');
  return { id, severity: 'OK', finding };
});

it('has nothing to say of a scan that found everything as it should be', () => {
  expect(judgeScan(good)).toEqual([]);
});

it.each(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'])('names a finding of severity %s', (severity) => {
  const bad = { id: 'BREACH', severity, finding: 'potentially vulnerable' };
  expect(judgeScan([...good, bad])).toEqual([`${severity} BREACH: potentially vulnerable`]);
});

it('names a protocol below TLS 1.2 whatever its severity is', () => {
  const old = good.map((one) => (one.id === 'TLS1' ? { ...one, finding: 'offered' } : one));
  expect(judgeScan(old)).toEqual(['TLS1: offered']);
});

it('takes what was not tested for a problem', () => {
  expect(judgeScan([])).toHaveLength(Object.keys(EXPECTED).length);
});

it('does not mind that a private CA has no list on the web', () => {
  const finding = { id: 'cert_revocation', severity: 'HIGH', finding: 'neither CRL nor OCSP' };
  expect(judgeScan([...good, finding])).toEqual([]);
});
