import { getCiphers } from 'node:tls';
import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';

const start = useGate();

const ACCEPTED = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
];

it.each(ACCEPTED)('accepts %s under TLS 1.2', async (suite) => {
  const { connect } = await start();
  const client = await connect({ tls: 'TLSv1.2', more: { ciphers: suite } });
  expect(client.socket.getCipher().name).toBe(suite);
});

it('refuses every suite of TLS 1.2 that is not AEAD with forward secrecy', async () => {
  const { connect } = await start();
  const others = getCiphers()
    .map((name) => name.toUpperCase())
    .filter((name) => !name.startsWith('TLS_') && !/^ECDHE-.*(GCM|CHACHA20)/.test(name));
  expect(others.length).toBeGreaterThan(20);
  const accepted: string[] = [];
  for (const suite of others) {
    const ciphers = `${suite}:@SECLEVEL=0`;
    const client = await connect({ tls: 'TLSv1.2', more: { ciphers } }).catch(() => undefined);
    if (client !== undefined) accepted.push(suite);
  }
  expect(accepted).toEqual([]);
});

it('speaks TLS 1.3 with its AEAD suites', async () => {
  const { connect } = await start();
  const client = await connect({ tls: 'TLSv1.3' });
  expect(client.socket.getCipher().name).toMatch(/^TLS_(AES_.*_GCM|CHACHA20_POLY1305)_SHA/);
});
