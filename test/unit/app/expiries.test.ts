import { X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { expiriesOf } from '../../../src/app/expiries.ts';
import type { Material } from '../../../src/app/material.ts';
import { createThrowawayCa } from '../../support/throwaway-ca.ts';

it('has a series for each of 500 clients at the most, and one for all others together', async () => {
  const ca = await createThrowawayCa();
  const server = new X509Certificate(ca.cert);
  const clients = Array.from({ length: 1_200 }, (_, at) => ({
    ...{ user: `u${at}`, ca: 'own', serial: '0A', fingerprint: 'ab'.repeat(32) },
    notBefore: 0,
    notAfter: (10_000 - at) * 1000,
  }));
  const material = { server, trust: { trusted: [server] } } as unknown as Material;
  const samples = [...expiriesOf(material, clients)];
  const users = samples.filter(([, labels]) => labels?.['kind'] === 'client');
  expect(users).toHaveLength(501);
  expect(users[0]).toEqual([
    8801,
    { kind: 'client', user: 'u1199', fingerprint: 'abababababababab' },
  ]);
  expect(users.at(-1)).toEqual([9301, { kind: 'client', user: '(others)', fingerprint: '' }]);
});
