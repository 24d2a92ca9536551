import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkClients, readClients } from '../../../src/doctor/clients.ts';
import { createThrowawayCa, HOUR_MS } from '../../support/throwaway-ca.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const NOW = Date.now();

async function made(...names: string[]) {
  const ca = await createThrowawayCa();
  const dir = await ca.writeCertsDir(join(temporaryDirectory(), 'certs'), { clients: names });
  const check = (now = NOW) =>
    checkClients(
      readClients(join(dir, 'clients')),
      [ca.certificate],
      now,
      (name) => `renew ${name}`,
    );
  return { ca, check, at: (...parts: string[]) => join(dir, 'clients', ...parts) };
}

it('names the next to end, and the command that renews it', async () => {
  const { ca, check, at } = await made('ann', 'bob');
  const soon = await ca.client('bob', { notAfter: new Date(NOW + 5 * HOUR_MS) });
  writeFileSync(at('bob', 'cert.pem'), soon.cert);
  writeFileSync(at('bob', 'key.pem'), soon.key);
  expect(check()).toMatchObject({ state: 'failed', fix: 'today: renew bob' });
  expect(check().found).toContain('2 users; the next to end is bob');
});

it('passes where the key never left the user’s machine', async () => {
  const { check, at } = await made('ann');
  rmSync(at('ann', 'key.pem'));
  expect(check()).toMatchObject({ state: 'warning' });
});

it('fails a pair that does not belong together, and a certificate of another CA', async () => {
  const { ca, check, at } = await made('ann');
  writeFileSync(at('ann', 'key.pem'), (await ca.client('ann')).key);
  expect(check().found).toContain('is not the key of');
  const other = await (await createThrowawayCa()).client('ann');
  writeFileSync(at('ann', 'cert.pem'), other.cert);
  writeFileSync(at('ann', 'key.pem'), other.key);
  expect(check().found).toContain('is not signed by a CA of ca.pem');
});

it('fails a certificate that is not for clients', async () => {
  const { ca, check, at } = await made('ann');
  const server = await ca.server();
  writeFileSync(at('ann', 'cert.pem'), server.cert);
  writeFileSync(at('ann', 'key.pem'), server.key);
  expect(check().found).toContain('is not made for clients');
});

it('is not checked where there are no users', async () => {
  const { check } = await made();
  expect(check()).toMatchObject({ state: 'skipped' });
});
