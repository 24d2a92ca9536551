import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { initCertificates } from '../../../src/pki/init.ts';
import { HOST, temporaryDirectory } from './helpers.ts';
import { handshake } from './tls.ts';

describe.each(['ecdsa', 'rsa'] as const)('certificates of init-certs (%s)', (keyType) => {
  let ca: string;
  let server: { cert: string; key: string };
  let client: { cert: string; key: string };

  beforeAll(async () => {
    const dir = await temporaryDirectory();
    await initCertificates({
      dir,
      sans: ['*.wild.example'],
      clients: ['alice'],
      keyType,
      host: HOST,
    });
    const read = (name: string) => readFile(join(dir, name), 'utf8');
    ca = await read('clients/alice/ca.pem');
    server = { cert: await read('server-cert.pem'), key: await read('server-key.pem') };
    client = {
      cert: await read('clients/alice/cert.pem'),
      key: await read('clients/alice/key.pem'),
    };
  });

  it.each([
    'localhost',
    '127.0.0.1',
    '::1',
    'gate.example.com',
    '192.0.2.7',
    '2001:db8::7',
    'a.wild.example',
  ])('are accepted by both sides when %s is dialled', async (host) => {
    const outcome = { client: 'authorized', server: 'authorized' };
    expect(await handshake(ca, { server, client, host }, 'TLSv1.3')).toEqual(outcome);
    expect(await handshake(ca, { server, client, host }, 'TLSv1.2')).toEqual(outcome);
  });

  it.each(['other.example', '192.0.2.8', 'a.b.wild.example', 'wild.example'])(
    'do not let the server pass for %s',
    async (host) => {
      const { client: verdict } = await handshake(ca, { server, client, host });
      expect(verdict).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    },
  );

  it('cannot change sides: a server is no client and a client no server', async () => {
    const host = 'localhost';
    const asClient = await handshake(ca, { server, client: server, host });
    expect(asClient.server).toBe('INVALID_PURPOSE');
    const asServer = await handshake(ca, { server: client, client, host });
    expect(asServer.client).toBe('INVALID_PURPOSE');
  });
});
