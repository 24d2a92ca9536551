import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { issueCertificate } from '../../../src/pki/certificate.ts';
import { authorityKeyId, basicConstraints, subjectAltName } from '../../../src/pki/extensions.ts';
import { commonName, userSubject } from '../../../src/pki/names.ts';
import { parseSan } from '../../../src/pki/sans.ts';
import { entryOf } from '../../../src/pki/store/entry.ts';
import {
  authorityKeyIdentifier,
  pathLength,
  subjectAltNames,
} from '../../../src/pki/x509-reader.ts';
import { openssl, SEED, temporaryDirectory } from './helpers.ts';

const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const issuer = { name: commonName('CA'), key: keys.privateKey };

const certificate = (
  subject: Buffer,
  extensions: Parameters<typeof issueCertificate>[0]['extensions'],
) =>
  issueCertificate(
    {
      subject,
      publicKey: keys.publicKey,
      notBefore: new Date('2026-01-01T00:00:00Z'),
      notAfter: new Date('2027-01-01T00:00:00Z'),
      extensions,
    },
    issuer,
  );

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$/);
const san = fc.oneof(
  fc.domain().filter((text) => text.length <= 200),
  fc.ipV4(),
  fc.ipV6().filter((text) => !text.includes('%')),
);

describe('what is written is what is read', () => {
  it('in names and roles, by node:crypto', () => {
    fc.assert(
      fc.property(name, fc.option(name, { nil: undefined }), (user, role) => {
        const entry = entryOf(certificate(userSubject(user, role), []), []);
        expect(entry).toMatchObject({
          user,
          kind: 'client',
          ...(role === undefined ? {} : { role }),
        });
        expect('role' in entry).toBe(role !== undefined);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('in names and roles, by openssl', async () => {
    const path = join(await temporaryDirectory(), 'cert.pem');
    await fc.assert(
      fc.asyncProperty(name, name, async (user, role) => {
        await writeFile(path, certificate(userSubject(user, role), []).toString());
        const shown = await openssl(
          'x509',
          '-in',
          path,
          '-noout',
          '-subject',
          '-nameopt',
          'RFC2253',
        );
        expect(shown.replaceAll('\\', '')).toBe(`subject=CN=${user},OU=${role}\n`);
      }),
      { seed: SEED, numRuns: 10 },
    );
  });

  it('in alternative names', () => {
    fc.assert(
      fc.property(fc.array(san, { minLength: 1, maxLength: 8 }), (texts) => {
        const sans = texts.map(parseSan);
        const read = subjectAltNames(certificate(commonName('x'), [subjectAltName(sans)]));
        expect(read.map(parseSan)).toEqual(sans);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it("in the issuer's key identifier and the path length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 32 }), fc.nat(127), (id, limit) => {
        const made = certificate(commonName('x'), [
          authorityKeyId(id),
          basicConstraints({ pathLength: limit }),
        ]);
        expect(authorityKeyIdentifier(made)).toEqual(Buffer.from(id));
        expect(pathLength(made)).toBe(limit);
      }),
      { seed: SEED, numRuns: 100 },
    );
    const bare = certificate(commonName('x'), [basicConstraints(false)]);
    expect([authorityKeyIdentifier(bare), pathLength(bare), subjectAltNames(bare)]).toEqual([
      undefined,
      undefined,
      [],
    ]);
  });
});
