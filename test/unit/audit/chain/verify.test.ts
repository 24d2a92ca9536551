import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyId } from '../../../../src/audit/chain/checkpoint.ts';
import { GENESIS, hashLine, linkText, readLink } from '../../../../src/audit/chain/link.ts';
import type { Verdict } from '../../../../src/audit/chain/verdict.ts';
import { Verifier } from '../../../../src/audit/chain/verify.ts';
import { ChainedLog } from '../../../../src/audit/write/log.ts';
import { SETTINGS } from '../../helpers/audit.ts';
import { MemoryTarget } from '../../helpers/memory-target.ts';
import { random, type Random } from '../../helpers/random.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const ID = keyId(publicKey);
const KEYS = new Map([[ID, publicKey]]);

let chains = 0;

/** A log of some lines that ends with a checkpoint, as its lines. */
function logOf(lines: number, checkpointLines = 7): string[] {
  const target = new MemoryTarget();
  chains += 1;
  const parts = {
    ...{ file: 'audit.jsonl', target, key: { id: ID, key: privateKey } },
    start: {
      ...{ chain: chains.toString(16).padStart(32, '0'), head: GENESIS },
      ...{ rest: Buffer.alloc(0), since: 0 },
    },
    ...{ now: () => 1_772_366_400_000 + target.size, onRotated: () => undefined },
    isHeld: () => true,
  };
  const log = new ChainedLog(parts, { ...SETTINGS, checkpointLines });
  log.begin();
  for (let at = 0; at < lines; at += 1) {
    log.append({ event: at % 2 ? 'call' : 'intent', id: `id${at}`, user: 'alice', status: at });
  }
  log.close();
  return target.text.split(/(?<=\n)/);
}

function verify(
  lines: readonly string[] | string,
  expected?: string,
): Verdict & { missing: number } {
  const verifier = new Verifier(KEYS, new Set(expected === undefined ? [] : [expected]));
  verifier.beginFile('audit.jsonl');
  const text = typeof lines === 'string' ? lines : lines.join('');
  const bytes = Buffer.from(text, 'latin1');
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end > 0) verifier.add({ bytes, start: 0, end, torn: false });
  if (end < bytes.length) verifier.add({ bytes, start: end, end: bytes.length, torn: true });
  return { ...verifier.end(), missing: verifier.missing.size };
}

/** What somebody without the key can do: make the chain fit again from line `from` on. */
function rechained(lines: readonly string[], from: number): string[] {
  const result = lines.slice(0, from);
  let hash = hashLine(result.at(-1) ?? '');
  let seq = result.length;
  for (const line of lines.slice(from)) {
    const link = readLink(Buffer.from(line), 0, line.length - 1);
    const text = linkText({ seq, hash }) + line.slice(link?.rest ?? 0);
    result.push(text);
    hash = hashLine(text);
    seq += 1;
  }
  return result;
}

/** Each takes a log and gives another one, together with the number (from 1) of the first line that is not as it was. */
type Mutation = (lines: readonly string[], at: number, chance: Random) => [string[], number];

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'changes a byte': (lines, at, chance) => {
    const line = Buffer.from(lines[at] ?? '', 'latin1');
    const byte = chance.below(line.length);
    line[byte] = ((line[byte] ?? 0) + 1 + chance.below(255)) % 256;
    return [lines.with(at, line.toString('latin1')), at + 1];
  },
  'removes a byte': (lines, at, chance) => {
    const line = lines[at] ?? '';
    const byte = chance.below(line.length);
    return [lines.with(at, line.slice(0, byte) + line.slice(byte + 1)), at + 1];
  },
  'removes a line': (lines, at) => [lines.toSpliced(at, 1), at + 1],
  'adds a line that is none': (lines, at) => [lines.toSpliced(at, 0, 'x\n'), at + 1],
  'adds an empty line': (lines, at) => [lines.toSpliced(at, 0, '\n'), at + 1],
  'adds a copy of a line': (lines, at) => [lines.toSpliced(at, 0, lines[at] ?? ''), at + 2],
  'swaps two lines': (lines, at) => {
    const [a = '', b = ''] = [lines[at], lines[at + 1]];
    return [lines.with(at, b).with(at + 1, a), at + 1];
  },
  'changes a line and makes the chain fit': (lines, at) => {
    const line = (lines[at] ?? '').replace('alice', 'mallory').replace('"chain":"0', '"chain":"1');
    return [rechained(lines.with(at, line), at), 0];
  },
  'removes a line and makes the chain fit': (lines, at) => [
    rechained(lines.toSpliced(at, 1), at),
    0,
  ],
  'adds a line and makes the chain fit': (lines, at) => [
    rechained(lines.toSpliced(at, 0, lines[at] ?? ''), at),
    0,
  ],
};

describe('Verifier', () => {
  it('finds nothing wrong with 1,000 logs that are as they were written', () => {
    const chance = random('good logs');
    for (let turn = 0; turn < 1_000; turn += 1) {
      const lines = logOf(chance.below(40), 1 + chance.below(20));
      const verdict = verify(lines);
      expect(verdict.problem).toBeUndefined();
      expect(verdict).toMatchObject({ lines: lines.length, unprotected: 0, tornBytes: 0 });
    }
  });

  it('finds each of 1,000 mutations before the last checkpoint, and names the first bad line', () => {
    const chance = random('mutated logs');
    const names = Object.keys(MUTATIONS);
    for (let turn = 0; turn < 1_000; turn += 1) {
      const name = names[turn % names.length] ?? '';
      const lines = logOf(3 + chance.below(30), 1 + chance.below(20));
      // The last line is the last checkpoint; a swap needs the line behind as well.
      const at = chance.below(lines.length - 2) + (name.includes('makes') ? 1 : 0);
      const mutate = MUTATIONS[name];
      const [mutated, bad] = mutate?.(lines, at, chance) ?? [lines, 0];
      if (mutated.join('') === lines.join('')) continue;
      const { problem } = verify(mutated);
      expect(problem, `${name} at line ${at + 1} of ${lines.length}`).toBeDefined();
      // A change that takes the line end away makes one line of two; one at the very end of the log is behind it.
      if (bad > 0) expect(Math.abs((problem?.line ?? 0) - bad)).toBeLessThanOrEqual(1);
      else expect(problem?.line).toBeGreaterThanOrEqual(at);
    }
  });

  it('names the changed line itself, with its time', () => {
    const lines = logOf(10);
    const { problem } = verify(lines.with(4, (lines[4] ?? '').replace('alice', 'mallo')));
    expect(problem).toMatchObject({
      ...{ file: 'audit.jsonl', line: 5, seq: 5 },
      time: expect.stringMatching(/^2026-03-01T/) as string,
      reason: expect.stringContaining('it was changed') as string,
    });
  });

  it('does not find what was cut off behind a checkpoint, unless it is told a head that was kept', () => {
    const lines = logOf(30);
    const cut = lines.slice(
      0,
      lines.findLastIndex(
        (line, at) => at < lines.length - 1 && line.includes('"event":"checkpoint"'),
      ) + 1,
    );
    const { head } = verify(lines);
    expect(verify(cut)).toMatchObject({ unprotected: 0, missing: 0 });
    expect(verify(cut).problem).toBeUndefined();
    expect(verify(cut, head.hash)).toMatchObject({ missing: 1 });
    expect(verify(lines, head.hash)).toMatchObject({ missing: 0 });
    expect(verify([...lines], verify(cut).head.hash)).toMatchObject({ missing: 0 });
  });

  it('says how many lines no checkpoint protects yet, and how much of a last line is torn', () => {
    const lines = logOf(33);
    const last = lines.findLastIndex(
      (line, at) => at < lines.length - 1 && line.includes('"checkpoint"'),
    );
    const verdict = verify(`${lines.slice(0, last + 4).join('')}{"v":1,"seq":9`);
    expect(verdict.problem).toBeUndefined();
    expect(verdict).toMatchObject({ unprotected: 3, tornBytes: 14 });
    expect(verdict.lastCheckpoint).toMatchObject({ line: last + 1 });
  });

  it('believes no signature of another key, and none that was moved to another line', () => {
    const lines = logOf(20);
    const signed = lines.flatMap((line, at) => (line.includes('"sig":') ? [at] : []));
    const signatureOf = (at = 0) => /"sig":"[^"]*"/.exec(lines[at] ?? '')?.[0] ?? '';
    const [, a, b] = signed;
    const moved = (lines[b ?? 0] ?? '').replace(signatureOf(b), signatureOf(a));
    expect(verify(lines.with(b ?? 0, moved)).problem).toMatchObject({
      line: (b ?? 0) + 1,
      reason: 'its signature does not hold',
    });
    const verifier = new Verifier(new Map());
    verifier.beginFile('x');
    const bytes = Buffer.from(lines.join(''));
    verifier.add({ bytes, start: 0, end: bytes.length, torn: false });
    expect(verifier.end().problem?.reason).toContain('which was not given');
  });

  it('takes no file for whole whose first lines were taken out', () => {
    const lines = logOf(20);
    for (const from of [1, 2, 5]) {
      expect(verify(lines.slice(from)).problem).toMatchObject({ line: 1 });
    }
  });

  it('takes nothing for whole that is empty or no log', () => {
    expect(verify('').checkpoints).toBe(0);
    expect(verify('hello\n').problem).toMatchObject({ line: 1 });
    expect(verify('{}\n{}\n').problem).toMatchObject({ line: 1 });
  });
});
