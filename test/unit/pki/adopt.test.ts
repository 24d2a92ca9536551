import { X509Certificate } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { initCertificates } from '../../../src/pki/init.ts';
import { commonName } from '../../../src/pki/names.ts';
import { readChildren, readTlv } from '../../../src/pki/der-reader.ts';
import { subjectName } from '../../../src/pki/x509-reader.ts';
import { HOST, openssl, refusal, snapshot, temporaryDirectory } from './helpers.ts';
import { handshake } from './tls.ts';

const PASSPHRASE = 'correct horse';
const STRICT = [
  ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  ...['-addext', 'basicConstraints=critical,CA:TRUE'],
];

let dir: string;
const at = (name: string): string => join(dir, name);

beforeEach(async () => {
  dir = await temporaryDirectory();
});

const init = (caPassphrase?: string) =>
  initCertificates({ dir, sans: [], clients: ['alice'], host: HOST, caPassphrase });

/** As the docker documentation has it: key first, then a self-signed certificate. */
async function selfSign(...extra: readonly string[]): Promise<void> {
  await openssl(
    ...['req', '-new', '-x509', '-days', '30', '-key', at('ca-key.pem'), '-sha256'],
    ...[
      '-passin',
      `pass:${PASSPHRASE}`,
      '-subj',
      '/C=AT/O=Old Ltd/CN=Old CA',
      '-out',
      at('ca.pem'),
    ],
    ...extra,
  );
}

async function issuerOf(name: string): Promise<Buffer> {
  const certificate = new X509Certificate(await readFile(at(name)));
  const tbs = readTlv(readTlv(certificate.raw).content);
  return readChildren(tbs.content)[3]?.raw ?? Buffer.alloc(0);
}

async function expectAccepted(...options: readonly string[]): Promise<void> {
  for (const [purpose, name] of [
    ['sslserver', 'server-cert.pem'],
    ['sslclient', 'clients/alice/cert.pem'],
  ] as const) {
    const verify = ['verify', ...options, '-CAfile', at('ca.pem'), '-purpose', purpose, at(name)];
    expect(await openssl(...verify)).toContain('OK');
    expect(await issuerOf(name)).toEqual(
      subjectName(new X509Certificate(await readFile(at('ca.pem')))),
    );
  }
  const read = (name: string) => readFile(at(name), 'utf8');
  const outcome = await handshake(await read('clients/alice/ca.pem'), {
    server: { cert: await read('server-cert.pem'), key: await read('server-key.pem') },
    client: {
      cert: await read('clients/alice/cert.pem'),
      key: await read('clients/alice/key.pem'),
    },
    host: 'localhost',
  });
  expect(outcome).toEqual({ client: 'authorized', server: 'authorized' });
}

/** How people made CA keys, each with its form of PEM. */
const KEYS: readonly [string, readonly string[], string][] = [
  ['RSA, PKCS#1', ['genrsa', '-traditional', '2048'], 'BEGIN RSA PRIVATE KEY'],
  ['RSA, PKCS#8', ['genrsa', '2048'], 'BEGIN PRIVATE KEY'],
  [
    'RSA, PKCS#1 encrypted',
    ['genrsa', '-traditional', '-aes256', '-passout', `pass:${PASSPHRASE}`, '2048'],
    'Proc-Type: 4,ENCRYPTED',
  ],
  [
    'RSA, PKCS#8 encrypted',
    ['genrsa', '-aes256', '-passout', `pass:${PASSPHRASE}`, '2048'],
    'BEGIN ENCRYPTED PRIVATE KEY',
  ],
  [
    'P-256, SEC1 with parameters',
    ['ecparam', '-name', 'prime256v1', '-genkey'],
    'BEGIN EC PARAMETERS',
  ],
  ['P-384, SEC1', ['ecparam', '-name', 'secp384r1', '-genkey', '-noout'], 'BEGIN EC PRIVATE KEY'],
  [
    'P-521, PKCS#8 encrypted',
    [
      'genpkey',
      '-algorithm',
      'EC',
      '-pkeyopt',
      'ec_paramgen_curve:P-521',
      '-aes256',
      '-pass',
      `pass:${PASSPHRASE}`,
    ],
    'BEGIN ENCRYPTED PRIVATE KEY',
  ],
];

describe('a CA made by openssl', () => {
  it.each(KEYS)('is adopted and signs what verifiers accept (%s)', async (_, command, header) => {
    await writeFile(at('ca-key.pem'), await openssl(...command));
    expect(await readFile(at('ca-key.pem'), 'utf8')).toContain(header);
    await selfSign(...STRICT);
    const before = await snapshot(dir);
    const { created, kept } = await init(PASSPHRASE);
    expect(kept.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['CA certificate', 'CA key']),
    );
    expect(created.map(({ what }) => what)).toEqual([
      'server certificate',
      'server key',
      'client alice',
    ]);
    expect(await snapshot(dir)).toMatchObject(before);
    await expectAccepted('-x509_strict');
  });

  it('is adopted as the docker documentation makes it: no key usage', async () => {
    await writeFile(
      at('ca-key.pem'),
      await openssl('genrsa', '-aes256', '-passout', `pass:${PASSPHRASE}`, '2048'),
    );
    await selfSign();
    await init(PASSPHRASE);
    // openssl's strict mode refuses such a CA itself, whatever it signs.
    await expectAccepted();
  });

  it.each(['utf8only', 'nombstr', 'pkix', 'default'])(
    'gives its name to leaves byte for byte (string_mask %s)',
    async (mask) => {
      await writeFile(at('ca-key.pem'), await openssl('genrsa', '2048'));
      const config = ['[req]', 'distinguished_name=dn', `string_mask=${mask}`, '[dn]'].join('\n');
      await writeFile(at('req.cnf'), config);
      await openssl(
        ...[
          'req',
          '-new',
          '-x509',
          '-days',
          '30',
          '-key',
          at('ca-key.pem'),
          '-config',
          at('req.cnf'),
        ],
        ...[
          '-subj',
          '/C=AT/O=Old Ltd/OU=A+CN=Old CA/emailAddress=ca@example.com',
          '-out',
          at('ca.pem'),
        ],
        ...STRICT,
      );
      await init();
      await expectAccepted();
      expect(subjectName(new X509Certificate(await readFile(at('ca.pem'))))).not.toEqual(
        commonName('Old CA'),
      );
    },
  );

  it('is adopted without a subject key identifier', async () => {
    await writeFile(at('ca-key.pem'), await openssl('genrsa', '2048'));
    await selfSign(
      ...STRICT,
      '-addext',
      'subjectKeyIdentifier=none',
      '-addext',
      'authorityKeyIdentifier=none',
    );
    expect(await openssl('x509', '-in', at('ca.pem'), '-noout', '-text')).not.toContain(
      'Subject Key Id',
    );
    await init();
    await expectAccepted();
  });

  it('gives its own subject key identifier to leaves as authority key identifier', async () => {
    await writeFile(at('ca-key.pem'), await openssl('genrsa', '2048'));
    await selfSign(
      ...STRICT,
      ...['-addext', 'subjectKeyIdentifier=0102030405', '-addext', 'authorityKeyIdentifier=none'],
    );
    await init();
    const text = await openssl(
      'x509',
      '-in',
      at('server-cert.pem'),
      '-noout',
      '-ext',
      'authorityKeyIdentifier',
    );
    expect(text).toContain('01:02:03:04:05');
    await expectAccepted('-x509_strict');
  });

  it('is found in a bundle by its key', async () => {
    await writeFile(at('ca-key.pem'), await openssl('genrsa', '2048'));
    await selfSign();
    const other = await readFile(at('ca.pem'), 'utf8');
    await writeFile(at('ca-key.pem'), await openssl('genrsa', '2048'));
    await selfSign();
    const ours = await readFile(at('ca.pem'), 'utf8');
    await writeFile(at('ca.pem'), other + ours);
    await init();
    const server = new X509Certificate(await readFile(at('server-cert.pem')));
    expect(server.verify(new X509Certificate(ours).publicKey)).toBe(true);
    expect(await readFile(at('clients/alice/ca.pem'), 'utf8')).toBe(other + ours);
  });

  it('with an encrypted key asks for the passphrase, and refuses another one', async () => {
    await writeFile(
      at('ca-key.pem'),
      await openssl('genrsa', '-aes256', '-passout', `pass:${PASSPHRASE}`, '2048'),
    );
    await selfSign();
    const missing = await refusal(init(), 'PASSPHRASE');
    expect(missing.hint).toContain('--ca-passphrase-file');
    const wrong = await refusal(init('battery staple'), 'PASSPHRASE');
    expect(`${wrong.message} ${wrong.hint}`).not.toContain('battery staple');
  });

  it.each([
    ['Ed25519', ['genpkey', '-algorithm', 'ed25519']],
    ['secp256k1', ['ecparam', '-name', 'secp256k1', '-genkey', '-noout']],
  ])('is refused with a key that clients cannot use (%s)', async (kind, command) => {
    await writeFile(at('ca-key.pem'), await openssl(...command));
    await openssl(
      ...['req', '-new', '-x509', '-key', at('ca-key.pem'), '-subj', '/CN=x', '-out', at('ca.pem')],
    );
    const { message } = await refusal(init(), 'CERTIFICATE_INVALID');
    expect(message.toLowerCase()).toContain(kind.toLowerCase());
  });

  it('is refused where it is limited to servers, or may not sign certificates', async () => {
    await writeFile(at('ca-key.pem'), await openssl('genrsa', '2048'));
    await selfSign('-addext', 'extendedKeyUsage=serverAuth');
    expect((await refusal(init(), 'CERTIFICATE_INVALID')).message).toContain(
      'limited to other purposes',
    );
    await rm(at('ca.pem'));
    await selfSign('-addext', 'keyUsage=critical,cRLSign');
    expect((await refusal(init(), 'CERTIFICATE_INVALID')).message).toContain('keyCertSign');
  });
});

describe('a whole set-up of the docker documentation', () => {
  it('is kept as it is, the client files beside it included', async () => {
    await writeFile(at('ca-key.pem'), await openssl('genrsa', '2048'));
    await selfSign();
    for (const [name, extension] of [
      ['server', 'subjectAltName=DNS:gate.example.com,IP:192.0.2.7\nextendedKeyUsage=serverAuth'],
      ['client', 'extendedKeyUsage=clientAuth'],
    ] as const) {
      const prefix = name === 'server' ? 'server-' : '';
      await writeFile(at('ext.cnf'), extension);
      await openssl('genrsa', '-out', at(`${prefix}key.pem`), '2048');
      await openssl(
        'req',
        '-new',
        '-subj',
        `/CN=${name}`,
        '-key',
        at(`${prefix}key.pem`),
        '-out',
        at('csr'),
      );
      await openssl(
        ...[
          'x509',
          '-req',
          '-days',
          '30',
          '-in',
          at('csr'),
          '-CA',
          at('ca.pem'),
          '-CAkey',
          at('ca-key.pem'),
        ],
        ...['-CAcreateserial', '-extfile', at('ext.cnf'), '-out', at(`${prefix}cert.pem`)],
      );
    }
    const before = await snapshot(dir);
    const { created, kept } = await init();
    expect(created.map(({ what }) => what)).toEqual(['client alice']);
    expect(kept.find(({ what }) => what === 'server certificate')).not.toHaveProperty('detail');
    expect(await snapshot(dir)).toMatchObject(before);
  });
});
