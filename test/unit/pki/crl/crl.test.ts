import { sign, type KeyObject } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { CommandError } from '../../../../src/errors.ts';
import { extensionField, signatureAlgorithm } from '../../../../src/pki/certificate.ts';
import { crlNumber, reasonCode, type Extension } from '../../../../src/pki/extensions.ts';
import {
  bitString,
  encode,
  existingSequence,
  explicit,
  sequence,
  time,
  unsignedInteger,
} from '../../../../src/pki/forge.ts';
import { normalSerial, readCrls } from '../../../../src/pki/crl/read.ts';
import { REVOCATION_REASONS } from '../../../../src/pki/crl/reasons.ts';
import { buildCrl, type RevokedEntry } from '../../../../src/pki/crl/write.ts';
import { keyIdentifier } from '../../../../src/pki/keys.ts';
import { subjectName } from '../../../../src/pki/x509-reader.ts';
import { createThrowawayCa, type ThrowawayCa } from '../../../support/throwaway-ca.ts';
import { openssl, SEED, temporaryDirectory } from '../helpers.ts';

const DAY = 86_400_000;
/** X.509 has whole seconds. */
const NOW = new Date(Math.floor(Date.now() / 1000) * 1000);
const NEXT = new Date(NOW.getTime() + 7 * DAY);

let ca: ThrowawayCa;
let rsa: ThrowawayCa;
let dir: string;

beforeAll(async () => {
  ca = await createThrowawayCa();
  rsa = await createThrowawayCa({ keySpec: { type: 'rsa', bits: 2048 } });
  dir = await temporaryDirectory();
});

const issuerOf = ({ certificate, keys }: ThrowawayCa) => ({
  name: subjectName(certificate),
  key: keys.privateKey,
  keyId: keyIdentifier(certificate.publicKey),
});

const crlOf = (revoked: readonly RevokedEntry[], { by = ca, number = 1n } = {}): string =>
  buildCrl({ issuer: issuerOf(by), number, thisUpdate: NOW, nextUpdate: NEXT, revoked });

const only = (pem: string) => {
  const [crl, ...rest] = readCrls(pem, 'crl.pem');
  expect(rest).toEqual([]);
  if (crl === undefined) throw new Error('no list');
  return crl;
};

/** A list put together by hand: what buildCrl never writes. */
function handmade(parts: {
  readonly entryExtensions?: readonly Extension[];
  readonly extensions?: readonly Extension[];
  readonly key?: KeyObject;
  readonly tail?: Buffer;
}): string {
  const { extensions = [crlNumber(1n)], entryExtensions = [], key = ca.keys.privateKey } = parts;
  const algorithm = signatureAlgorithm(key);
  const list = (items: readonly Extension[]) => sequence(...items.map(extensionField));
  const entry = sequence(
    unsignedInteger(Buffer.from([7])),
    time(NOW),
    ...(entryExtensions.length === 0 ? [] : [list(entryExtensions)]),
  );
  const tbs = sequence(
    unsignedInteger(Buffer.from([1])),
    algorithm,
    existingSequence(subjectName(ca.certificate)),
    time(NOW),
    time(NEXT),
    sequence(entry),
    explicit(0, list(extensions)),
  );
  const signature = bitString(sign('sha256', encode(tbs), key));
  const der = Buffer.concat([
    encode(sequence(tbs, algorithm, signature)),
    parts.tail ?? Buffer.of(),
  ]);
  return `-----BEGIN X509 CRL-----\n${der.toString('base64')}\n-----END X509 CRL-----\n`;
}

const extension = (oid: string, critical: boolean): Extension => ({
  oid,
  critical,
  value: Buffer.from('3000', 'hex'),
});

const refusalOf = (text: string): CommandError => {
  try {
    readCrls(text, 'crl.pem');
  } catch (error) {
    if (error instanceof CommandError && error.code === 'CRL_INVALID') return error;
    throw error;
  }
  throw new Error('was accepted');
};

const revokedEntry = fc.record({
  serial: fc
    .uint8Array({ minLength: 1, maxLength: 20 })
    .map((bytes) => Buffer.from(bytes).toString('hex').toUpperCase()),
  at: fc
    .integer({ min: Date.UTC(1980, 0) / 1000, max: Date.UTC(2120, 0) / 1000 })
    .map((seconds) => new Date(seconds * 1000)),
  reason: fc.constantFrom(...REVOCATION_REASONS),
});

describe('a revocation list', () => {
  it('says after reading what was written', () => {
    const lists = fc.uniqueArray(revokedEntry, {
      selector: ({ serial }) => normalSerial(serial),
      maxLength: 12,
    });
    fc.assert(
      fc.property(lists, fc.bigInt({ min: 0n, max: 1n << 159n }), (revoked, number) => {
        const crl = only(crlOf(revoked, { number }));
        expect(crl.number).toBe(number);
        expect(crl.thisUpdate).toEqual(NOW);
        expect(crl.nextUpdate).toEqual(NEXT);
        expect(crl.verify(ca.certificate)).toBe(true);
        expect([...crl.revoked]).toEqual(
          revoked.map(({ serial, at, reason }) => [normalSerial(serial), { at, reason }]),
        );
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it.each(['ECDSA', 'RSA'])(
    'is read by openssl, which finds the signature right: %s',
    async (kind) => {
      const by = kind === 'RSA' ? rsa : ca;
      const path = join(dir, `${kind}.pem`);
      const revoked = REVOCATION_REASONS.map((reason, at) => ({
        serial: `0A${at}0`,
        at: NOW,
        reason,
      }));
      await writeFile(path, crlOf(revoked, { by, number: 4711n }));
      await writeFile(join(dir, `${kind}-ca.pem`), by.cert);
      const text = await openssl('crl', '-in', path, '-text', '-noout');
      expect(text).toMatch(/Version 2/);
      expect(text).toMatch(/X509v3 CRL Number:\s+4711/);
      expect(text.match(/Serial Number/g)).toHaveLength(revoked.length);
      expect(text).toMatch(/Key Compromise/);
      await openssl(
        'crl',
        '-in',
        path,
        '-noout',
        '-verify',
        '-CAfile',
        join(dir, `${kind}-ca.pem`),
      );
    },
  );

  it('makes openssl refuse the revoked certificate, and no other', async () => {
    const [bad, good] = [await ca.client('bad'), await ca.client('good')];
    const paths = { ca: join(dir, 'v-ca.pem'), crl: join(dir, 'v-crl.pem') };
    await writeFile(paths.ca, ca.cert);
    await writeFile(join(dir, 'bad.pem'), bad.cert);
    await writeFile(join(dir, 'good.pem'), good.cert);
    await writeFile(paths.crl, crlOf([{ serial: bad.serial, at: NOW, reason: 'keyCompromise' }]));
    const verify = (name: string) =>
      openssl(
        ...['verify', '-x509_strict', '-crl_check', '-CAfile', paths.ca, '-CRLfile', paths.crl],
        join(dir, name),
      );
    expect(await verify('good.pem')).toMatch(/OK/);
    await expect(verify('bad.pem')).rejects.toThrow(/certificate revoked/);
    await writeFile(paths.crl, crlOf([]));
    expect(await verify('bad.pem')).toMatch(/OK/);
  });

  it('as openssl writes it is read: without extensions, with SHA-384', async () => {
    const at = (name: string) => join(dir, name);
    await writeFile(at('o-ca.pem'), rsa.cert);
    await writeFile(at('o-key.pem'), rsa.key);
    await writeFile(
      at('index'),
      'R\t301231235959Z\t251101000000Z,superseded\t0AFF\tunknown\t/CN=x\n',
    );
    await writeFile(
      at('cnf'),
      `[ca]\ndefault_ca=c\n[c]\ndatabase=${at('index')}\ndefault_md=sha384\ndefault_crl_days=7\n`,
    );
    await openssl(
      ...['ca', '-config', at('cnf'), '-gencrl', '-out', at('o.pem')],
      ...['-cert', at('o-ca.pem'), '-keyfile', at('o-key.pem')],
    );
    const crl = only(await readFile(at('o.pem'), 'utf8'));
    expect(crl.number).toBeUndefined();
    expect(crl.verify(rsa.certificate)).toBe(true);
    expect([...crl.revoked]).toEqual([
      ['AFF', { at: new Date('2025-11-01T00:00:00Z'), reason: 'superseded' }],
    ]);
  });

  it('verifies under no other CA, not even one of the same name', async () => {
    const twin = await createThrowawayCa({ subject: ca.subject });
    const crl = only(crlOf([]));
    expect(crl.verify(twin.certificate)).toBe(false);
    expect(crl.verify(rsa.certificate)).toBe(false);
    expect(only(crlOf([], { by: twin })).verify(ca.certificate)).toBe(false);
  });

  it('verifies under no certificate that may not sign lists', async () => {
    const leaf = await ca.client('leaf');
    const issuer = {
      name: subjectName(leaf.certificate),
      key: leaf.keys.privateKey,
      keyId: keyIdentifier(leaf.keys.publicKey),
    };
    const pem = buildCrl({ issuer, number: 1n, thisUpdate: NOW, nextUpdate: NEXT, revoked: [] });
    expect(only(pem).verify(leaf.certificate)).toBe(false);
  });

  it('does not verify once any byte of it was changed', () => {
    const pem = crlOf([{ serial: 'AB', at: NOW, reason: 'keyCompromise' }]);
    const der = Buffer.from(pem.replaceAll(/-----[^-]+-----/g, ''), 'base64');
    for (let at = 0; at < der.length; at += 1) {
      const changed = Buffer.from(der);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const text = `-----BEGIN X509 CRL-----\n${changed.toString('base64')}\n-----END X509 CRL-----`;
      let verified = false;
      try {
        verified = only(text).verify(ca.certificate);
      } catch (error) {
        expect(error).toBeInstanceOf(CommandError);
      }
      expect(verified, `byte ${at}`).toBe(false);
    }
  });

  it('may stand in one file with those of other issuers', () => {
    const crls = readCrls(`ours\n${crlOf([])}\ntheirs\n${crlOf([], { by: rsa })}`, 'crl.pem');
    expect(crls.map((crl) => [crl.verify(ca.certificate), crl.verify(rsa.certificate)])).toEqual([
      [true, false],
      [false, true],
    ]);
  });
});

describe('refuses', () => {
  it('a file without a list, an empty one, one that ends early', () => {
    const whole = crlOf([]);
    expect(refusalOf('').message).toMatch(/holds no revocation list/);
    expect(refusalOf('hello').message).toMatch(/holds no revocation list/);
    expect(refusalOf(whole.slice(0, -30)).message).toMatch(/ends inside/);
    expect(refusalOf(whole.replace('\n', '\n*')).message).toMatch(/not base64/);
    const lines = whole.split('\n');
    expect(refusalOf([...lines.slice(0, 2), ...lines.slice(-2)].join('\n')).hint).not.toBe('');
  });

  it('a list with bytes behind its end', () => {
    expect(only(handmade({})).verify(ca.certificate)).toBe(true);
    expect(refusalOf(handmade({ tail: Buffer.of(5, 0) })).message).toMatch(/more than it should/);
  });

  it('delta lists, limited lists, indirect lists', () => {
    const with_ = (...extra: Extension[]) =>
      refusalOf(handmade({ extensions: [crlNumber(1n), ...extra] })).message;
    expect(with_(extension('2.5.29.27', true))).toMatch(/delta/);
    expect(with_(extension('2.5.29.28', true))).toMatch(/limited/);
    expect(with_(extension('2.5.29.28', false))).toMatch(/limited/);
    const indirect = handmade({ entryExtensions: [extension('2.5.29.29', true)] });
    expect(refusalOf(indirect).message).toMatch(/indirect/);
  });

  it('a critical extension that it does not know, and reads over one that is not critical', () => {
    const unknown = (critical: boolean) => extension('1.2.3.4', critical);
    expect(refusalOf(handmade({ extensions: [unknown(true)] })).message).toMatch(/1\.2\.3\.4/);
    expect(refusalOf(handmade({ entryExtensions: [unknown(true)] })).message).toMatch(/1\.2\.3\.4/);
    const harmless = handmade({
      extensions: [crlNumber(9n), unknown(false)],
      entryExtensions: [reasonCode(1), unknown(false)],
    });
    expect(only(harmless)).toMatchObject({ number: 9n });
    expect(only(harmless).revoked.get('7')?.reason).toBe('keyCompromise');
  });

  it('an extension that comes twice', () => {
    const twice = [crlNumber(1n), crlNumber(2n)];
    expect(refusalOf(handmade({ extensions: twice })).message).toMatch(/twice/);
  });
});

// 60 ms where nothing else runs, see bench/; what took time for each pair of entries would take minutes.
it('reads 10,000 entries in less than a second of CPU', () => {
  const revoked = Array.from({ length: 10_000 }, (_, at) => ({
    serial: (0xabcdef00000000000000000000000000n + BigInt(at)).toString(16).toUpperCase(),
    at: NOW,
    reason: 'keyCompromise' as const,
  }));
  const pem = crlOf(revoked);
  const started = process.cpuUsage();
  const crl = only(pem);
  expect(crl.verify(ca.certificate)).toBe(true);
  const { user, system } = process.cpuUsage(started);
  expect(crl.revoked.size).toBe(10_000);
  expect((user + system) / 1000).toBeLessThan(1_000);
});
