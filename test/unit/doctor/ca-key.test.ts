import { expect, it } from 'vitest';
import { checkCaKey } from '../../../src/doctor/ca-key.ts';
import { generateKeys, privateKeyPem } from '../../../src/pki/keys.ts';
import { file, unseen } from './helpers.ts';

const bundle = file('/c/ca.pem', '-----BEGIN CERTIFICATE-----\n');

it('passes where the CA key is elsewhere', () => {
  expect(checkCaKey([unseen('/c/ca-key.pem')], bundle)).toMatchObject({ state: 'ok' });
});

it('passes an encrypted key, warns of an open one, and says how to move it away', async () => {
  const { privateKey } = await generateKeys({ type: 'ecdsa' });
  const locked = file('/c/ca-key.pem', privateKeyPem(privateKey, 'secret'));
  const open = file('/c/ca-key.pem', privateKeyPem(privateKey));
  expect(checkCaKey([locked], bundle)).toMatchObject({ state: 'ok' });
  const check = checkCaKey([open], bundle);
  expect(check.state).toBe('warning');
  expect(check.fix).toContain('shred -u /c/ca-key.pem');
});

it('warns of the key of the CA before, while one is replaced', async () => {
  const { privateKey } = await generateKeys({ type: 'ecdsa' });
  const old = file('/c/ca-old-key.pem', privateKeyPem(privateKey));
  expect(checkCaKey([unseen('/c/ca-key.pem'), old], bundle).found).toContain('/c/ca-old-key.pem');
});

it('fails a ca.pem that holds a private key', async () => {
  const { privateKey } = await generateKeys({ type: 'ecdsa' });
  const leaking = file('/c/ca.pem', privateKeyPem(privateKey));
  expect(checkCaKey([unseen('/c/ca-key.pem')], leaking)).toMatchObject({ state: 'failed' });
});
