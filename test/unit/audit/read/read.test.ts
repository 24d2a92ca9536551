import fs, {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findCall } from '../../../../src/audit/read/call.ts';
import { findTrail, type Chain } from '../../../../src/audit/read/files.ts';
import { compileFilter, type FilterOptions } from '../../../../src/audit/read/filter.ts';
import { follow } from '../../../../src/audit/read/follow.ts';
import { inodeOf } from '../../../../src/audit/read/inode.ts';
import { eachMatch, type Match } from '../../../../src/audit/read/match.ts';
import { query } from '../../../../src/audit/read/query.ts';
import { countCalls } from '../../../../src/audit/read/stats.ts';
import { verifyTrail } from '../../../../src/audit/read/verify-trail.ts';
import { keysBeside, openTestLog } from '../../helpers/audit.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

const T0 = Date.parse('2026-03-01T10:00:00Z');
const MINUTE = 60_000;
/** The log of these tests is made once: files that are rotated, compressed, live, and one beside. */
const directory = mkdtempSync(join(tmpdir(), 'dockgate-read-'));
const LOG = join(directory, 'audit.jsonl');
let chains: Chain[] = [];

const target = (name: string, id?: string) => ({ kind: 'container', asked: [name], name, id });

/** Sixty calls, one a minute; every sixth is refused. */
beforeAll(async () => {
  let time = T0;
  const now = () => time;
  const { log, archived, close } = await openTestLog(LOG, { now, maxBytes: 6_000 });
  const beside = await openTestLog(LOG, { now, whenHeld: 'beside' });
  for (let at = 0; at < 60; at += 1) {
    time = T0 + at * MINUTE;
    const user = at < 30 ? 'alice' : 'bob';
    const call = {
      ...{ id: `${String(at).padStart(8, '0')}-0000-4000-8000-000000000000`, user, serial: '0A' },
      ...{ fingerprint: 'ab'.repeat(32), remote: `192.0.2.${at % 3}:1000`, tls: 'TLSv1.3' },
      ...{ method: 'POST', path: `/containers/c${at % 5}/start` },
      ...{ action: at % 2 ? 'container.start' : 'exec.create', effect: at % 2 ? 'write' : 'exec' },
      target: target(`c${at % 5}`, `${at % 5}bc`.padEnd(64, 'd')),
    };
    const refused = at % 6 === 5;
    if (!refused) log.append({ event: 'intent', ...call });
    const outcome = refused
      ? { status: 403, end: 'refused', reason: 'because' }
      : { status: at % 6 === 4 ? 404 : 200, end: 'complete' };
    const numbers = { duration_ms: at, bytes_in: 10, bytes_out: 100 };
    log.append({ event: 'call', ...call, ...outcome, ...numbers });
    if (at % 20 === 7)
      beside.log.append({ event: 'certificate-issued', user: 'carol', serial: '0C' });
    await archived();
  }
  beside.close();
  close();
  chains = await findTrail(LOG);
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

async function numbers(
  options: FilterOptions,
  order: 'newest' | 'oldest' = 'oldest',
  limit = Infinity,
) {
  const found: number[] = [];
  for await (const { fields } of query(chains, compileFilter(options), { order, limit })) {
    found.push(Number(String(fields['id']).slice(0, 8)));
  }
  return found;
}

const range = (from: number, to: number, step = 1): number[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, at) => from + at * step);

describe('query', () => {
  it('reads live, rotated, compressed files and those beside as one trail, in the order of time', async () => {
    expect(chains).toHaveLength(2);
    expect(
      chains.flatMap(({ files }) => files).filter(({ path }) => path.endsWith('.gz')).length,
    ).toBeGreaterThan(5);
    const times: string[] = [];
    const filter = compileFilter({});
    for await (const { fields } of query(chains, filter, { order: 'oldest', limit: Infinity })) {
      times.push(String(fields['time']));
    }
    expect(times).toHaveLength(63);
    expect(times).toEqual(times.toSorted());
  });

  it('gives the newest first, and no more than are wanted', async () => {
    expect(await numbers({ event: ['call'] }, 'newest')).toEqual(range(0, 60).reverse());
    expect(await numbers({ event: ['call'] }, 'newest', 7)).toEqual(range(53, 60).reverse());
    expect(await numbers({ event: ['call'] }, 'oldest', 3)).toEqual([0, 1, 2]);
    expect(await numbers({}, 'oldest', 0)).toEqual([]);
  });

  it.each<[string, FilterOptions, number[]]>([
    ['a user', { user: ['bob'], event: ['call'] }, range(30, 60)],
    ['one of several users', { user: ['bob', 'nobody'], event: ['call'] }, range(30, 60)],
    ['no user of that name', { user: ['bo'] }, []],
    ['an action', { action: ['exec.create'] }, range(0, 60, 2)],
    ['actions by a glob', { action: ['*.start'] }, range(1, 60, 2)],
    ['actions by a glob with a beginning', { action: ['cont*.s?art'] }, range(1, 60, 2)],
    ['an effect', { effect: ['exec'] }, range(0, 60, 2)],
    ['a status', { status: ['404'] }, range(4, 60, 6)],
    [
      'a class of status',
      { status: ['4xx'] },
      [...range(4, 60, 6), ...range(5, 60, 6)].sort((a, b) => a - b),
    ],
    ['a bound of status', { status: ['>=403'], decision: 'allow' }, range(4, 60, 6)],
    ['a decision', { decision: 'deny' }, range(5, 60, 6)],
    ['a container by name', { container: ['c3'] }, range(3, 60, 5)],
    ['a container by the beginning of its id', { container: ['3bcd'] }, range(3, 60, 5)],
    ['a remote address', { remote: ['192.0.2.1'] }, range(1, 60, 3)],
    ['an id', { id: ['00000042'] }, [42]],
    ['a time from', { since: T0 + 50 * MINUTE, event: ['call'] }, range(50, 60)],
    ['a time up to, which is not in it', { until: T0 + 2 * MINUTE }, [0, 1]],
    ['all of these at once', { user: ['alice'], status: ['404'], container: ['c0'] }, [10]],
    ['what has an event of that name', { event: ['intent'], until: T0 + 6 * MINUTE }, range(0, 5)],
    ['nothing that is not there', { role: ['admin'] }, []],
  ])('finds %s', async (_, options, expected) => {
    expect(await numbers(options)).toEqual(expected);
    expect(await numbers(options, 'newest')).toEqual(expected.toReversed());
  });

  describe('of one line', () => {
    const found = (options: FilterOptions, fields: object): boolean => {
      const bytes = Buffer.from(`${JSON.stringify({ event: 'call', ...fields })}\n`);
      let count = 0;
      eachMatch(
        { bytes, start: 0, end: bytes.length, torn: false },
        compileFilter(options),
        () => (count += 1),
      );
      return count === 1;
    };
    const refused = { target: { kind: 'container', asked: ['x'] }, detail: { image: 'app:1.2' } };
    const started = { target: { kind: 'container', name: 'x', image: 'reg.io:5000/app:1.2' } };
    const pulled = { target: { kind: 'image', asked: ['app@sha256:ab'] } };

    it.each<[string, FilterOptions, object, boolean]>([
      ['an image of a container', { image: ['reg.io:5000/app:1.2'] }, started, true],
      ['an image without its tag', { image: ['reg.io:5000/app'] }, started, true],
      ['an image without its digest', { image: ['app'] }, pulled, true],
      ['an image that was asked for in vain', { image: ['app:1.2'] }, refused, true],
      ['not an image of another tag', { image: ['app:1'] }, refused, false],
      ['not an image of a longer name', { image: ['ap'] }, refused, false],
      ['a role', { role: ['dev'] }, { role: 'dev' }, true],
      ['not another role', { role: ['dev'] }, { role: 'developer' }, false],
      [
        'a container that is put on a network',
        { container: ['web'] },
        { target: { kind: 'network', asked: ['n'] }, detail: { container: 'web' } },
        true,
      ],
      [
        'a container with the slash that the daemon puts before its name',
        { container: ['/web'] },
        { target: { kind: 'container', name: 'web' } },
        true,
      ],
    ])('finds %s', (_, options, fields, expected) => {
      expect(found(options, fields)).toBe(expected);
    });
  });

  it.each([
    ['container.create', '"action":"container.create"'],
    ['container.*', '"action":"container.'],
    ['*.create', '.create"'],
    ['c*.sta?t', '.sta'],
    ['*', '"action":"'],
  ])('looks for what is fixed in the glob %s before it reads a line', (glob, needle) => {
    expect(compileFilter({ action: [glob] }).needles.map(String)).toEqual([needle]);
  });

  it('refuses a status that is none', () => {
    expect(() => compileFilter({ status: ['4x'] })).toThrow('--status 4x is no HTTP status');
  });

  it('passes over torn and damaged lines, and tells how many', async () => {
    const file = join(temporaryDirectory(), 'audit.jsonl');
    writeFileSync(
      file,
      '{"event":"call","n":1}\n{"event":"ca\nnull\n[]\n{"event":"call","n":2}\n{"ev',
    );
    const bad: number[] = [];
    for (const order of ['oldest', 'newest'] as const) {
      const found: unknown[] = [];
      const onBad = (_: string, lines: number) => bad.push(lines);
      const trail = await findTrail(file);
      for await (const { fields } of query(trail, compileFilter({}), { order, limit: 9, onBad })) {
        found.push(fields['n']);
      }
      expect(found).toEqual(order === 'oldest' ? [1, 2] : [2, 1]);
    }
    expect(bad.reduce((sum, lines) => sum + lines, 0)).toBe(8);
  });

  it('reads long lines, and lines that end at the edge of a block, in both directions', async () => {
    const file = join(temporaryDirectory(), 'audit.jsonl');
    const lines = range(0, 400).map((n) =>
      JSON.stringify({ event: 'call', n, x: 'x'.repeat((n * 7919) % 20_000) }),
    );
    lines[100] = JSON.stringify({ event: 'call', n: 100, x: 'x'.repeat(3_000_000) });
    writeFileSync(file, `${lines.join('\n')}\n`);
    const packed = join(temporaryDirectory(), 'audit.jsonl.1.gz');
    writeFileSync(packed, gzipSync(readFileSync(file)));
    for (const path of [file, packed]) {
      for (const order of ['oldest', 'newest'] as const) {
        const found: unknown[] = [];
        const trail = trailOf(path);
        for await (const { fields } of query(trail, compileFilter({}), {
          order,
          limit: Infinity,
        })) {
          found.push(fields['n']);
        }
        expect(found).toEqual(order === 'oldest' ? range(0, 400) : range(0, 400).reverse());
      }
    }
  });

  it('says which file cannot be read', async () => {
    const file = join(temporaryDirectory(), 'audit.jsonl.1.gz');
    writeFileSync(file, gzipSync('{"event":"call"}\n'.repeat(100_000)).subarray(0, 200));
    const trail = trailOf(file);
    const all = query(trail, compileFilter({}), { order: 'oldest', limit: Infinity });
    await expect(drain(all)).rejects.toMatchObject({ code: 'AUDIT_UNREADABLE' });
    await expect(findTrail('/nonexistent/audit.jsonl')).rejects.toMatchObject({
      code: 'AUDIT_UNREADABLE',
    });
  });
});

/** A trail of one file of lines that are not chained. */
function trailOf(file: string): Chain[] {
  const inode = inodeOf(file) ?? '';
  return [{ id: '', files: [{ path: file, inode, chain: '', firstSeq: 0, firstTime: '' }] }];
}

async function drain(matches: AsyncIterable<Match>): Promise<number> {
  let count = 0;
  for await (const match of matches) count += match.line.length;
  return count;
}

describe('stats', () => {
  it('counts calls, refusals, errors and bytes by user, action and hour', async () => {
    const stats = await countCalls(chains, {});
    expect(stats.total).toMatchObject({
      calls: 60,
      refusals: 10,
      errors: 20,
      bytesIn: 600,
      bytesOut: 6_000,
    });
    expect(stats.users.map(({ name, calls }) => [name, calls])).toEqual([
      ['alice', 30],
      ['bob', 30],
    ]);
    expect(stats.actions).toHaveLength(2);
    expect(stats.hours.map(({ name, calls }) => [name, calls])).toEqual([['2026-03-01T10', 60]]);
    expect(stats.slowest.map(({ durationMs }) => durationMs)).toEqual(range(50, 60).reverse());
    expect(stats.newUsers.map(({ user }) => user)).toEqual(['alice', 'bob']);
  });

  it('knows which users were there before', async () => {
    const stats = await countCalls(chains, { since: T0 + 20 * MINUTE });
    expect(stats.total.calls).toBe(40);
    expect(stats.newUsers).toEqual([{ user: 'bob', time: '2026-03-01T10:30:00.000Z' }]);
  });
});

describe('one call', () => {
  it('is shown with its intent and its end, and what happened to its container around it', async () => {
    const found = await findCall(chains, '00000020', 10 * MINUTE);
    expect(found).toMatchObject({ lines: [{ event: 'intent' }, { event: 'call', user: 'alice' }] });
    const around = found !== undefined && 'around' in found ? found.around : [];
    expect(around.map(({ id }) => Number(String(id).slice(0, 8)))).toEqual([10, 15, 25, 30]);
  });

  it('has to be named so that it is the only one', async () => {
    expect(await findCall(chains, '0000004', MINUTE)).toMatchObject({
      ids: expect.arrayContaining(['00000040-0000-4000-8000-000000000000']) as string[],
    });
    expect(await findCall(chains, 'ffff', MINUTE)).toBeUndefined();
  });
});

describe('follow', () => {
  it('gives what is written from now on, across rotations that it did not see', async () => {
    const file = join(temporaryDirectory(), 'audit.jsonl');
    const { log, archived, close } = await openTestLog(file, { maxBytes: 2_000 });
    log.append({ event: 'call', n: -1 });
    const end = new AbortController();
    const lines = follow(file, compileFilter({}), end.signal);
    const first = lines.next();
    for (let n = 0; n < 30; n += 1) log.append({ event: 'call', n, x: 'x'.repeat(100) });
    await archived();
    const seen = [(await first).value as { fields: { n: number } }];
    while (seen.length < 30) seen.push((await lines.next()).value as { fields: { n: number } });
    expect(seen.map(({ fields }) => fields.n)).toEqual(range(0, 30));
    renameSync(file, join(dirname(file), 'audit.jsonl.1'));
    log.reopen();
    log.append({ event: 'call', n: 30 });
    expect((await lines.next()).value).toMatchObject({ fields: { n: 30 } });
    end.abort();
    expect((await lines.next()).done).toBe(true);
    close();
  });

  it('gives what commands write beside the log, too', async () => {
    const { file, close } = await openTestLog();
    const before = await openTestLog(file, { whenHeld: 'beside' });
    before.log.append({ event: 'certificate-issued', n: 0 });
    const end = new AbortController();
    const lines = follow(file, compileFilter({}), end.signal);
    const next = lines.next();
    before.log.append({ event: 'certificate-issued', n: 1 });
    expect((await next).value).toMatchObject({ fields: { n: 1 } });
    const later = await openTestLog(file, { whenHeld: 'beside' });
    later.log.append({ event: 'certificate-revoked', n: 2 });
    expect((await lines.next()).value).toMatchObject({ fields: { n: 2 } });
    end.abort();
    expect((await lines.next()).done).toBe(true);
    for (const one of [before, later]) one.close();
    close();
  });

  it('gives lines of several files in the order of their times', async () => {
    const { file, log, close } = await openTestLog(undefined, { now: () => 2_000 });
    const beside = await openTestLog(file, { whenHeld: 'beside', now: () => 1_000 });
    const end = new AbortController();
    const lines = follow(file, compileFilter({}), end.signal);
    const next = lines.next();
    // Once it has looked at all of them, and waits.
    await new Promise(setImmediate);
    log.append({ event: 'call', n: 2 }, 'now');
    beside.log.append({ event: 'certificate-issued', n: 1 });
    expect((await next).value).toMatchObject({ fields: { n: 1 } });
    expect((await lines.next()).value).toMatchObject({ fields: { n: 2 } });
    end.abort();
    await lines.return(undefined);
    beside.close();
    close();
  });

  it('waits for the rest of a line', async () => {
    const file = join(temporaryDirectory(), 'audit.jsonl');
    writeFileSync(file, '');
    const end = new AbortController();
    const lines = follow(file, compileFilter({}), end.signal);
    const next = lines.next();
    appendFileSync(file, '{"event":"ca');
    appendFileSync(file, 'll","n":1}\n');
    expect((await next).value).toMatchObject({ fields: { n: 1 } });
    end.abort();
    await lines.return(undefined);
  });
});

describe('a trail that is rotated while it is read', () => {
  const everything = compileFilter({ event: ['*'] });

  async function seqs(found: readonly Chain[], order: 'newest' | 'oldest'): Promise<number[]> {
    const all: number[] = [];
    for await (const { fields } of query(found, everything, { order, limit: Infinity })) {
      all.push(Number(fields['seq']));
    }
    return order === 'oldest' ? all : all.reverse();
  }

  it.each(['oldest', 'newest'] as const)(
    'is read as it was found, %s first: what was live is rotated and compressed by then',
    async (order) => {
      const { log, file, archived, close } = await openTestLog(undefined, { maxBytes: 4_000 });
      for (let at = 0; at < 9; at += 1) log.append({ event: 'call', id: `a${at}` });
      const found = await findTrail(file);
      const { seq } = log.head;
      for (let at = 0; at < 99; at += 1) log.append({ event: 'call', id: `b${at}` });
      await archived();
      const all = await seqs(found, order);
      expect(all.slice(0, seq)).toEqual(range(1, seq + 1));
      expect(all).toEqual(range(1, all.length + 1));
      const { problems } = await verifyTrail(found, { keys: keysBeside(file), isWhole: true });
      expect(problems).toEqual([]);
      expect((await countCalls(found, {})).total.calls).toBeGreaterThanOrEqual(9);
      close();
    },
  );

  it('misses nothing but what retention has removed by then', async () => {
    const { log, file, archived, close } = await openTestLog(undefined, {
      maxBytes: 4_000,
      keep: 1,
    });
    for (let at = 0; at < 20; at += 1) log.append({ event: 'call', id: `a${at}` });
    await archived();
    const found = await findTrail(file);
    const { seq } = log.head;
    for (let at = 0; at < 20; at += 1) log.append({ event: 'call', id: `b${at}` });
    await archived();
    const all = await seqs(found, 'oldest');
    const first = all[0] ?? seq + 1;
    expect(all).toEqual(range(first, first + all.length));
    close();
  });

  it('is found whole where a file is rotated between the look at the directory and at the file', async () => {
    const { log, file, archived, close } = await openTestLog(undefined, { maxBytes: 4_000 });
    log.append({ event: 'call', id: 'a' });
    const list = vi.spyOn(fs, 'readdirSync');
    const names = fs.readdirSync(dirname(file));
    list.mockImplementationOnce(() => {
      for (let at = 0; at < 30; at += 1) log.append({ event: 'call', id: `b${at}` });
      return names as unknown as ReturnType<typeof fs.readdirSync>;
    });
    const found = await findTrail(file);
    list.mockRestore();
    await archived();
    const all = await seqs(found, 'oldest');
    expect(all.length).toBeGreaterThan(30);
    expect(all).toEqual(range(1, all.length + 1));
    close();
  });
});
