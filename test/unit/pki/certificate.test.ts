import type { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { issueCertificate } from '../../../src/pki/certificate.ts';
import { basicConstraints, keyUsage, subjectAltName } from '../../../src/pki/extensions.ts';
import { generateKeys, type KeyPair } from '../../../src/pki/keys.ts';
import { commonName, distinguishedName } from '../../../src/pki/names.ts';
import { ipBytes, parseSan } from '../../../src/pki/sans.ts';
import { readChildren, readTlv } from '../../../src/pki/der-reader.ts';
import { subjectKeyIdentifier, subjectName } from '../../../src/pki/x509-reader.ts';
import { createThrowawayCa } from '../../support/throwaway-ca.ts';
import { openssl, SEED, temporaryDirectory } from './helpers.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const LATER = new Date('2027-01-01T00:00:00Z');

let ecdsa: KeyPair;
let rsa: KeyPair;
let dir: string;

beforeAll(async () => {
  ecdsa = await generateKeys({ type: 'ecdsa' });
  rsa = await generateKeys({ type: 'rsa', bits: 2048 });
  dir = await temporaryDirectory();
});

const issue = (overrides: object = {}, keys = ecdsa): X509Certificate =>
  issueCertificate(
    {
      subject: commonName('leaf'),
      publicKey: keys.publicKey,
      notBefore: NOW,
      notAfter: LATER,
      extensions: [],
      ...overrides,
    },
    { name: commonName('issuer'), key: keys.privateKey },
  );

async function opensslText(certificate: X509Certificate): Promise<string> {
  const path = join(dir, `${certificate.serialNumber}.pem`);
  await writeFile(path, certificate.toString());
  return openssl('x509', '-in', path, '-noout', '-text', '-nameopt', 'utf8,-esc_msb');
}

/** The serial's INTEGER as it stands in the certificate. */
function serialContent(certificate: X509Certificate): Buffer {
  const tbs = readTlv(readTlv(certificate.raw).content);
  return readChildren(tbs.content)[1]?.content ?? Buffer.alloc(0);
}

describe('issueCertificate', () => {
  it.each(['ecdsa', 'rsa'] as const)(
    'writes DER that re-encodes to the same bytes (%s)',
    async (type) => {
      const certificate = issue({}, type === 'rsa' ? rsa : ecdsa);
      const path = join(dir, `${type}.pem`);
      await writeFile(path, certificate.toString());
      await openssl('x509', '-in', path, '-outform', 'DER', '-out', `${path}.der`);
      const parsed = await openssl('asn1parse', '-inform', 'DER', '-in', `${path}.der`);
      expect(await readFile(`${path}.der`)).toEqual(certificate.raw);
      const algorithm = type === 'rsa' ? 'sha256WithRSAEncryption' : 'ecdsa-with-SHA256';
      expect(parsed.match(new RegExp(algorithm, 'g'))).toHaveLength(2);
      // RSA has NULL parameters in the key and twice in the signature algorithm; ECDSA none.
      expect(parsed.match(/prim: NULL/g) ?? []).toHaveLength(type === 'rsa' ? 3 : 0);
    },
  );

  it.each(['ecdsa', 'rsa'] as const)(
    'signs so that Node verifies with the issuer key (%s)',
    (type) => {
      const keys = type === 'rsa' ? rsa : ecdsa;
      expect(issue({}, keys).verify(keys.publicKey)).toBe(true);
    },
  );

  it(`keeps any text as a CN, for Node and for openssl (seed ${SEED})`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), async (cn) => {
        const certificate = issue({ subject: commonName(cn) });
        expect(certificate.toLegacyObject().subject.CN).toBe(cn);
        expect(await opensslText(certificate)).toContain('Subject: CN');
      }),
      { seed: SEED, numRuns: 12 },
    );
  });

  it('keeps newlines, NUL and several CNs, so that tests can send them', () => {
    const values = ['a\nb', 'c\0d', 'e'];
    const subject = distinguishedName(values.map((value) => ({ type: 'CN', value })));
    expect(issue({ subject }).toLegacyObject().subject.CN).toEqual(values);
  });

  it(`writes any serial as a minimal positive INTEGER (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 16 }), (bytes) => {
        const content = serialContent(issue({ serial: bytes }));
        const value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
        expect(BigInt(`0x${content.toString('hex')}`)).toBe(value);
        expect((content[0] ?? 0x80) & 0x80).toBe(0);
        if (content.length > 1) expect(content.readUInt16BE(0)).toBeGreaterThanOrEqual(0x80);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('gives every certificate another serial of up to 128 bits', () => {
    const serials = Array.from({ length: 200 }, () => serialContent(issue()));
    expect(new Set(serials.map(String)).size).toBe(200);
    expect(Math.max(...serials.map((serial) => serial.length))).toBe(17);
  });

  it(`states the dates it was given, before 1950, after 2050 and between (seed ${SEED})`, async () => {
    const date = fc.date({
      min: new Date('1900-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    await fc.assert(
      fc.asyncProperty(date, async (notAfter) => {
        const certificate = issue({ notAfter });
        const seconds = Math.floor(notAfter.getTime() / 1000) * 1000;
        expect(new Date(certificate.validTo).getTime()).toBe(seconds);
        expect(await opensslText(certificate)).toContain(`${notAfter.getUTCFullYear()} GMT`);
      }),
      { seed: SEED, numRuns: 12 },
    );
  });

  it.each([
    ['2049-12-31T23:59:59Z', 0x17],
    ['2050-01-01T00:00:00Z', 0x18],
  ])('writes %s with tag %i: GeneralizedTime starts in 2050', (text, tag) => {
    const tbs = readTlv(readTlv(issue({ notAfter: new Date(text) }).raw).content);
    const validity = readChildren(tbs.content)[4];
    expect(readChildren(validity?.content ?? Buffer.alloc(0))[1]?.tag).toBe(tag);
  });

  it(`names every address and host as given, for Node and openssl (seed ${SEED})`, async () => {
    const label = fc.stringMatching(/^[a-z0-9_]([a-z0-9_-]{0,20}[a-z0-9_])?$/);
    const dns = fc.tuple(label, fc.stringMatching(/^[a-z]{2,10}$/)).map((parts) => parts.join('.'));
    await fc.assert(
      fc.asyncProperty(fc.oneof(dns, fc.ipV4(), fc.ipV6()), async (text) => {
        const san = parseSan(text);
        const certificate = issue({ extensions: [subjectAltName([san])] });
        const found = san.kind === 'ip' ? certificate.checkIP(text) : certificate.checkHost(text);
        expect(found).toBeDefined();
        expect(await opensslText(certificate)).toContain('X509v3 Subject Alternative Name');
      }),
      { seed: SEED, numRuns: 20 },
    );
  });

  it('drops the trailing zero bits of a key usage, as DER wants', () => {
    expect(keyUsage('digitalSignature').value).toEqual(Buffer.from('03020780', 'hex'));
    expect(keyUsage('keyCertSign', 'cRLSign').value).toEqual(Buffer.from('03020106', 'hex'));
    expect(keyUsage('keyEncipherment', 'digitalSignature').value).toEqual(
      Buffer.from('030205a0', 'hex'),
    );
  });

  it('leaves FALSE out of the basic constraints, as DER wants', () => {
    expect(basicConstraints(false).value).toEqual(Buffer.from('3000', 'hex'));
    expect(basicConstraints({ pathLength: 0 }).value).toEqual(
      Buffer.from('30060101ff020100', 'hex'),
    );
  });

  it('refuses to sign with a key that is neither RSA nor EC', async () => {
    const { generateKeyPairSync } = await import('node:crypto');
    const { privateKey } = generateKeyPairSync('ed25519');
    const template = {
      subject: commonName('x'),
      publicKey: ecdsa.publicKey,
      notBefore: NOW,
      notAfter: LATER,
      extensions: [],
    };
    expect(() => issueCertificate(template, { name: commonName('y'), key: privateKey })).toThrow(
      /ed25519/,
    );
  });
});

describe('reading back', () => {
  it('finds the subject and the key identifier of a certificate', async () => {
    const ca = await createThrowawayCa({ name: 'Ünïcode CA' });
    expect(subjectName(ca.certificate)).toEqual(commonName('Ünïcode CA'));
    expect(subjectKeyIdentifier(ca.certificate)).toHaveLength(20);
    expect(subjectKeyIdentifier(issue())).toBeUndefined();
  });

  it.each([
    ['1.2.3.4', '01020304'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['2001:DB8::', '20010db8000000000000000000000000'],
    ['2001:db8::7:8', '20010db8000000000000000000070008'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['::ffff:1.2.3.4', '00000000000000000000ffff01020304'],
  ])('encodes %s as %s', (address, hex) => {
    expect(ipBytes(address).toString('hex')).toBe(hex);
  });

  it(`refuses bytes that are not DER with a TypeError, whatever they are (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          readChildren(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
        }
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it('refuses an indefinite length and an element that ends early', () => {
    expect(() => readTlv(Buffer.from('30800000', 'hex'))).toThrow(TypeError);
    expect(() => readTlv(Buffer.from('300500', 'hex'))).toThrow(TypeError);
  });
});
