import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { REVOCATION_REASONS } from '../../../../src/pki/crl/reasons.ts';
import {
  holdsRevocation,
  inventoryText,
  readInventory,
  readWholeInventory,
  type InventoryEntry,
} from '../../../../src/pki/inventory.ts';
import { SEED, temporaryDirectory } from '../helpers.ts';

let dir: string;
beforeEach(async () => {
  dir = await temporaryDirectory();
});

const ENTRY: InventoryEntry = {
  serial: '0A',
  user: 'alice',
  kind: 'client',
  issuer: 'ab'.repeat(20),
  fingerprint: 'cd'.repeat(32),
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2027-01-01T00:00:00.000Z',
};

const write = (text: string): Promise<void> => writeFile(join(dir, 'inventory.json'), text);

describe('the inventory', () => {
  it('is undefined where there is none', () => {
    expect(readInventory(dir)).toBeUndefined();
  });

  it('comes back as it was written', async () => {
    const hex = (length: number) =>
      fc.string({
        unit: fc.constantFrom('0', '1', '7', '9', 'a', 'c', 'f'),
        minLength: length,
        maxLength: length,
      });
    const moment = fc
      .date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString());
    const entry = fc.record(
      {
        serial: hex(32).map((text) => text.toUpperCase()),
        user: fc.constantFrom('alice', 'bob'),
        kind: fc.constantFrom('client' as const, 'server' as const, 'ca' as const),
        role: fc.constant('dev'),
        issuer: hex(40),
        fingerprint: hex(64),
        notBefore: moment,
        notAfter: moment,
        supersededAt: moment,
        revoked: fc.record({ at: moment, reason: fc.constantFrom(...REVOCATION_REASONS) }),
      },
      {
        requiredKeys: ['serial', 'user', 'kind', 'issuer', 'fingerprint', 'notBefore', 'notAfter'],
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(entry), async (certificates) => {
        await write(inventoryText({ certificates, revokedUnseen: [] }));
        const back = readInventory(dir) ?? [];
        expect(back.toSorted(byPrint)).toEqual(certificates.toSorted(byPrint));
      }),
      { seed: SEED, numRuns: 50 },
    );
  });

  it('is one line a field, so that people and diff can read it', async () => {
    await write(inventoryText({ certificates: [ENTRY], revokedUnseen: [] }));
    expect(await readFile(join(dir, 'inventory.json'), 'utf8')).toContain(
      '\n      "user": "alice",\n',
    );
  });

  it('tells whether anything is revoked, seen or not', () => {
    const at = '2026-02-01T00:00:00.000Z';
    const revoked = { ...ENTRY, revoked: { at, reason: 'keyCompromise' as const } };
    const unseen = { serial: '0B', issuer: 'ab', at, reason: 'unspecified' as const };
    expect(holdsRevocation({ certificates: [ENTRY], revokedUnseen: [] })).toBe(false);
    expect(holdsRevocation({ certificates: [revoked], revokedUnseen: [] })).toBe(true);
    expect(holdsRevocation({ certificates: [], revokedUnseen: [unseen] })).toBe(true);
  });

  it.each([
    ['is empty', ''],
    ['is cut', '{"about":"","version":1,"certi'],
    ['is something else', '[]'],
    ['is of another version', '{"about":"","version":2,"certificates":[]}'],
    [
      'has an entry with a field too many',
      JSON.stringify({ ...file(), certificates: [{ ...ENTRY, x: 1 }] }),
    ],
    [
      'has an entry without fingerprint',
      JSON.stringify({ ...file(), certificates: [{ ...ENTRY, fingerprint: undefined }] }),
    ],
    [
      'has a date that is none',
      JSON.stringify({ ...file(), certificates: [{ ...ENTRY, supersededAt: 'soon' }] }),
    ],
  ])('is refused where it %s', async (_, text) => {
    await write(text);
    expect(() => readWholeInventory(dir)).toThrow(
      expect.objectContaining({ code: 'FILE_UNREADABLE' }) as Error,
    );
  });
});

function file() {
  return { about: '', version: 1, certificates: [] as unknown[] };
}

const byPrint = (a: InventoryEntry, b: InventoryEntry): number =>
  a.notBefore.localeCompare(b.notBefore) || a.fingerprint.localeCompare(b.fingerprint);
