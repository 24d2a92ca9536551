import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  checkOutsideList,
  checkRevocation,
  revokedInInventory,
  type RevocationFacts,
} from '../../../src/doctor/revocation.ts';
import { buildCrl } from '../../../src/pki/crl/write.ts';
import { keyIdentifier } from '../../../src/pki/keys.ts';
import { subjectName } from '../../../src/pki/x509-reader.ts';
import { createThrowawayCa, type Issued, type ThrowawayCa } from '../../support/throwaway-ca.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';
import { file, unseen } from './helpers.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2030-06-01T00:00:00Z');
let ca: ThrowawayCa;
let bob: Issued;

beforeAll(async () => {
  ca = await createThrowawayCa();
  bob = await ca.client('bob');
});

/** A list of this CA, for so many more days. */
function list(revoked: readonly string[], days = 30, by: ThrowawayCa = ca): string {
  return buildCrl({
    issuer: {
      name: subjectName(by.certificate),
      key: by.keys.privateKey,
      keyId: keyIdentifier(by.keys.publicKey),
    },
    number: 1n,
    thisUpdate: new Date(NOW - 60 * DAY),
    nextUpdate: new Date(NOW + days * DAY),
    revoked: revoked.map((serial) => ({ serial, at: new Date(NOW - DAY), reason: 'unspecified' })),
  });
}

function check(text: string | undefined, revoked: readonly string[], rest: object = {}) {
  const facts: RevocationFacts = {
    file: text === undefined ? unseen('/c/crl.pem') : file('/c/crl.pem', text),
    inventory: { revoked },
    trusted: [ca.certificate],
    now: NOW,
    rewrite: (serial) => `write it anew with ${serial ?? 'nothing'}`,
    ...rest,
  };
  return checkRevocation(facts);
}

describe('CRL', () => {
  it('is not needed as long as nothing is revoked', () => {
    expect(check(undefined, [])).toMatchObject({ state: 'skipped' });
  });

  it('fails where it is missing although something is revoked', () => {
    expect(check(undefined, [bob.serial])).toMatchObject({
      state: 'failed',
      found: '/c/crl.pem is missing, but 1 certificate is revoked',
      fix: `write it anew with ${bob.serial}`,
    });
  });

  it('passes a list of our CA that holds what the inventory holds', () => {
    expect(check(list([bob.serial]), [bob.serial])).toMatchObject({
      state: 'ok',
      found: '1 listed, written 2030-04-02, good for 30 days',
    });
  });

  it('warns in the last days of a list, and fails behind them', () => {
    expect(check(list([], 6), [])).toMatchObject({ state: 'warning' });
    const late = check(list([], -1), []);
    expect(late.state).toBe('failed');
    expect(late.found).toContain('out of date since 2030-05-31, still enforced');
  });

  it('fails a list that lacks what the inventory calls revoked', () => {
    const result = check(list([]), [bob.serial]);
    expect(result.state).toBe('failed');
    expect(result.found).toContain(bob.serial);
  });

  it('fails a list of another CA, a broken one, and one that cannot be read', async () => {
    const other = await createThrowawayCa();
    expect(check(list([], 30, other), []).found).toContain(
      'not signed by a CA that the gate trusts',
    );
    expect(check('junk', []).fix).toBe('mv /c/crl.pem /c/crl.pem.broken');
    expect(check(list([]).slice(0, -60), [bob.serial]).fix).toContain(bob.serial);
    const locked = { ...unseen('/c/crl.pem', 'EACCES') };
    expect(check(undefined, [], { file: locked }).found).toContain('EACCES');
  });

  it('fails where the inventory cannot be read: then nobody knows what is revoked', () => {
    const result = check(undefined, [], { inventory: { problem: 'inventory.json is broken' } });
    expect(result).toMatchObject({ state: 'failed', found: 'inventory.json is broken' });
  });
});

describe('the inventory', () => {
  const entry = (serial: string, rest: object) => ({
    ...{ serial, user: 'bob', kind: 'client', issuer: 'aa', fingerprint: 'a'.repeat(64) },
    ...{ notBefore: '2030-01-01T00:00:00Z', notAfter: '2031-01-01T00:00:00Z' },
    ...rest,
  });
  const revoked = { at: '2030-02-01T00:00:00Z', reason: 'unspecified' };

  it('tells what is revoked and not expired', () => {
    const dir = temporaryDirectory();
    const certificates = [
      entry('01', { revoked }),
      entry('02', {}),
      entry('03', { revoked, notAfter: '2030-03-01T00:00:00Z' }),
    ];
    const inventory = { about: '', version: 1, certificates };
    writeFileSync(join(dir, 'inventory.json'), JSON.stringify(inventory));
    expect(revokedInInventory(dir, NOW)).toEqual({ revoked: ['01'] });
  });

  it('tells nothing where there is none, and that it is broken where it is', () => {
    const dir = temporaryDirectory();
    expect(revokedInInventory(dir, NOW)).toEqual({ revoked: [] });
    writeFileSync(join(dir, 'inventory.json'), '{}');
    expect(revokedInInventory(dir, NOW)).toHaveProperty('problem');
  });
});

describe('the list of another CA', () => {
  const outside = (text: string | undefined, trusted = [ca.certificate]) =>
    checkOutsideList(
      text === undefined ? unseen('/o/crl.pem') : file('/o/crl.pem', text),
      trusted,
      NOW,
    );

  it('is examined as ours is', () => {
    expect(outside(list([bob.serial]))).toMatchObject({ state: 'ok', name: 'CRL /o/crl.pem' });
    expect(outside(list([bob.serial], 3))).toMatchObject({ state: 'warning' });
    expect(outside(list([bob.serial], -1))).toMatchObject({ state: 'failed' });
  });

  it('fails where it is missing, for then the gate does not start', () => {
    expect(outside(undefined)).toMatchObject({
      state: 'failed',
      found: 'missing, so that serve does not start',
      fix: 'put the current list of its CA, as PEM, at /o/crl.pem, or drop its --crl',
    });
  });

  it('fails where it is no list, and asks for one rather than for its removal', () => {
    const fix = 'put the current list of its CA, as PEM, at /o/crl.pem';
    expect(outside('nothing')).toMatchObject({ state: 'failed', fix });
  });

  it('fails where no CA that the gate trusts has signed it', async () => {
    const other = await createThrowawayCa();
    expect(outside(list([]), [other.certificate])).toMatchObject({ state: 'failed' });
  });
});
