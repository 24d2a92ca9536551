import { generateKeyPairSync, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { CommandError } from '../../../../src/errors.ts';
import {
  bitString,
  encode,
  existingSequence,
  implicit,
  oid,
  sequence,
  unsignedInteger,
} from '../../../../src/pki/forge.ts';
import { commonName } from '../../../../src/pki/names.ts';
import { readRequest } from '../../../../src/pki/users/request.ts';
import { openssl, SEED, temporaryDirectory } from '../helpers.ts';

let dir: string;
const at = (name: string): string => join(dir, name);

beforeAll(async () => {
  dir = await temporaryDirectory();
});

/** A request that openssl makes: the arguments say with what key. */
async function opensslRequest(...key: readonly string[]): Promise<string> {
  await openssl(
    'req',
    '-new',
    ...key,
    '-nodes',
    '-keyout',
    at('key.pem'),
    '-subj',
    '/CN=root/O=x',
    '-out',
    at('csr.pem'),
  );
  return readFile(at('csr.pem'), 'utf8');
}

const P256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

/** A request written here, so that it can be wrong. */
function request(
  key: { publicKey: KeyObject; privateKey: KeyObject },
  signer = key.privateKey,
): string {
  const spki = key.publicKey.export({ type: 'spki', format: 'der' });
  const info = sequence(
    unsignedInteger(Buffer.from([0])),
    existingSequence(commonName('x')),
    existingSequence(spki),
    implicit(0, Buffer.alloc(0)),
  );
  const der = encode(info);
  // Forge writes [0] as primitive; the attributes are constructed.
  der[der.length - 2] = 0xa0;
  const signature = sign('sha256', der, signer);
  return pem(
    encode(
      sequence(existingSequence(der), sequence(oid('1.2.840.10045.4.3.2')), bitString(signature)),
    ),
  );
}

const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;

function refused(text: string): string {
  try {
    readRequest(text, 'csr.pem');
  } catch (error) {
    expect(error).toBeInstanceOf(CommandError);
    expect((error as CommandError).code).toBe('CSR_INVALID');
    return (error as CommandError).message;
  }
  throw new Error('it was accepted');
}

describe('readRequest', () => {
  it.each([
    ['P-256', P256],
    ['P-384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-sha384']],
    ['P-521', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-521', '-sha512']],
    ['RSA', ['-newkey', 'rsa:2048']],
    ['P-256 with extensions', [...P256, '-addext', 'basicConstraints=critical,CA:TRUE']],
  ])('takes the key of a request that openssl made (%s)', async (_, key) => {
    const { publicKey } = readRequest(await opensslRequest(...key), 'csr.pem');
    const wanted = await openssl('pkey', '-in', at('key.pem'), '-pubout');
    expect(publicKey.export({ type: 'spki', format: 'pem' })).toBe(wanted);
  });

  it('keeps the request alone, without a key that stands in the same file', async () => {
    const text = await opensslRequest(...P256);
    const key = await readFile(at('key.pem'), 'utf8');
    const { pem: kept } = readRequest(`${key}${text}`, 'csr.pem');
    expect(kept).not.toContain('PRIVATE');
    await writeFile(at('kept.pem'), kept);
    expect(await openssl('req', '-in', at('kept.pem'), '-noout', '-subject')).toContain('root');
  });

  it.each([
    ['RSA of 1024 bits', ['-newkey', 'rsa:1024'], /RSA key of 1024 bits/],
    ['secp256k1', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'], /kind secp256k1/],
    ['a curve spelled out', [...P256, '-pkeyopt', 'ec_param_enc:explicit'], /kind|form|read/],
    ['Ed25519', ['-newkey', 'ed25519'], /kind ed25519/],
    ['RSA-PSS', ['-newkey', 'rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048'], /kind rsa-pss/],
    ['an exponent of 3', ['-newkey', 'rsa:2048', '-pkeyopt', 'rsa_keygen_pubexp:3'], /exponent 3/],
    ['SHA-1', [...P256, '-sha1'], /not accepted/],
  ])('refuses %s', async (_, key, message) => {
    expect(refused(await opensslRequest(...key))).toMatch(message);
  });

  it('refuses a signature by another key: whoever asks has to have the key', () => {
    const theirs = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const ours = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(readRequest(request(theirs), 'csr.pem').publicKey.equals(theirs.publicKey)).toBe(true);
    expect(refused(request(theirs, ours.privateKey))).toContain('signature that does not hold');
  });

  it('refuses a request that was changed in any bit', async () => {
    const text = await opensslRequest(...P256);
    const der = Buffer.from(text.replace(/-----.*-----|\s/g, ''), 'base64');
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.nat(7), (index, bit) => {
        const changed = Buffer.from(der);
        changed[index] = (changed[index] ?? 0) ^ (1 << bit);
        refused(pem(changed));
      }),
      { seed: SEED, numRuns: 400 },
    );
  });

  it('refuses whatever is not one request', async () => {
    const text = await opensslRequest(...P256);
    const der = Buffer.from(text.replace(/-----.*-----|\s/g, ''), 'base64');
    for (const wrong of [
      '',
      'hello',
      text + text,
      text.slice(0, 200),
      pem(Buffer.concat([der, Buffer.from([0])])),
      pem(der.subarray(0, -1)),
      text + ' '.repeat(70_000),
      new X509Certificate(await selfSigned()).toString(),
    ]) {
      expect(refused(wrong)).toContain('csr.pem');
    }
  });
});

async function selfSigned(): Promise<string> {
  await openssl(
    'req',
    '-x509',
    ...P256,
    '-nodes',
    '-keyout',
    at('k.pem'),
    '-subj',
    '/CN=x',
    '-out',
    at('c.pem'),
  );
  return readFile(at('c.pem'), 'utf8');
}
