import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../../src/cli/index.ts';
import { openTestLog } from '../helpers/audit.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const ESCAPE = '\u001b]0;pwn\u0007';
let log = '';
let out = '';
let err = '';

beforeEach(async () => {
  const opened = await openTestLog(undefined, { now: () => Date.parse('2026-03-01T10:00:00Z') });
  log = opened.file;
  const call = {
    ...{ id: 'aaaa0000-0000-4000-8000-000000000000', user: 'alice', remote: '192.0.2.7:1' },
    ...{ method: 'POST', path: '/containers/web/start', action: 'container.start' },
    ...{ effect: 'write', target: { kind: 'container', asked: ['web'] } },
  };
  opened.log.append({ event: 'intent', ...call });
  const numbers = { duration_ms: 12, bytes_in: 0, bytes_out: 2_048 };
  opened.log.append({ event: 'call', ...call, status: 204, ...numbers, end: 'complete' });
  const hostile = {
    id: 'bbbb',
    user: `=cmd${ESCAPE}`,
    path: `/${ESCAPE}\u202e`,
    action: 'unknown',
  };
  opened.log.append({ event: 'call', ...hostile, status: 403, end: 'refused', reason: ESCAPE });
  opened.close();
  [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

const audit = (...args: string[]): Promise<number> => run(['audit', ...args, '--audit-log', log]);
const linesOut = (): string[] => out.trimEnd().split('\n');

describe('audit query', () => {
  it('prints a table, newest first, that no value can break', async () => {
    expect(await audit('query')).toBe(0);
    const [header, first, second, ...more] = linesOut();
    expect(header).toMatch(/^TIME \(UTC\) +USER +REMOTE +ACTION +CODE/);
    expect(first).toContain('unknown');
    expect(second).toMatch(
      /2026-03-01 10:00:00 +alice +192\.0\.2\.7:1 +container\.start +204 +12ms/,
    );
    expect(more).toEqual([]);
    expect(out).toMatch(/^[\x20-\x7e…\n]*$/);
  });

  it.each([60, 80, 100, 200])('fits into a terminal of %i columns', async (columns) => {
    const before = process.stdout.columns;
    Object.assign(process.stdout, { columns });
    try {
      await audit('query');
    } finally {
      Object.assign(process.stdout, { columns: before });
    }
    for (const line of linesOut()) expect(line.length).toBeLessThanOrEqual(columns);
  });

  it('prints the lines as they are with --json, oldest first if asked', async () => {
    expect(await audit('query', '--json', '--oldest')).toBe(0);
    const written = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"call"'));
    expect(linesOut()).toEqual(written);
  });

  it('prints CSV that no spreadsheet takes for a formula', async () => {
    expect(await audit('query', '--csv')).toBe(0);
    const [header, first] = linesOut();
    expect(header).toMatch(/^time,event,id,user,/);
    expect(first).toContain(",'=cmd");
  });

  it('finds nothing without a complaint', async () => {
    expect(await audit('query', '--user', 'nobody', '--json')).toBe(0);
    expect([out, err]).toEqual(['', '']);
  });

  it.each([
    [['--since', 'yesterday'], '--since yesterday is no time'],
    [['--status', 'bad'], '--status bad is no HTTP status'],
    [['--limit', '-1'], '--limit -1 has to be a whole number'],
    [['--limit', 'x'], '--limit has to be a whole number'],
    [['--json', '--csv'], '--json and --csv are both given'],
  ])('refuses %j with a hint', async (args, message) => {
    expect(await audit('query', ...args)).toBe(2);
    expect(err).toContain(message);
    expect(err).toContain('hint: ');
    expect(out).toBe('');
  });

  it('says so where there is no log', async () => {
    log = '/nonexistent/audit.jsonl';
    expect(await audit('query')).toBe(1);
    expect(err).toMatch(/^dockgate: \/nonexistent cannot be read: ENOENT\nhint: /);
  });

  it.each(['query', 'tail', 'stats', 'verify'])(
    '%s says so where a directory is named for a log',
    async (command) => {
      log = dirname(log);
      expect(await audit(command)).toBe(1);
      expect(err).toBe(
        `dockgate: ${log} is a directory, not a log\nhint: name the log that "dockgate serve" writes with --audit-log\n`,
      );
      expect(out).toBe('');
    },
  );

  it.each([80, 100])('shows status and id in a terminal of %i columns', async (columns) => {
    const before = process.stdout.columns;
    Object.assign(process.stdout, { columns });
    try {
      await audit('query');
    } finally {
      Object.assign(process.stdout, { columns: before });
    }
    expect(out).toMatch(/ 204 .*aaaa0000/);
    expect(out).toMatch(/ 403 .*bbbb/);
  });

  it('tells of certificates, gaps and reloads what they are about', async () => {
    const opened = await openTestLog(log);
    opened.log.append({ event: 'certificate-issued', user: 'bob', kind: 'client', by: 'root' });
    opened.log.append({ event: 'gap', lost: 3, reason: 'ENOSPC' });
    opened.log.append({ event: 'gate-reload', cause: 'SIGHUP', result: 'taken up' });
    opened.log.append({ event: 'gate-start', listen: ['0.0.0.0:2376'], daemon: '/d.sock' });
    opened.close();
    await audit('query', '--limit', '4');
    expect(out).toMatch(/gate-start .*0\.0\.0\.0:2376\n/);
    expect(out).toMatch(/gate-reload .*SIGHUP: taken up\n/);
    expect(out).toMatch(/gap .*3 lines lost: ENOSPC\n/);
    expect(out).toMatch(/certificate-issued .*client, by root\n/);
  });

  it('tells of torn lines that it passed over', async () => {
    appendFileSync(log, '{"v":1,"seq":7,"event":"call');
    expect(await audit('query', '--json')).toBe(0);
    expect(linesOut()).toHaveLength(2);
    expect(err).toContain('passed over 1 torn or damaged line;');
  });
});

describe('audit stats', () => {
  it('prints counts with bars', async () => {
    expect(await audit('stats')).toBe(0);
    expect(out).toContain('2 calls, 1 refused, 1 error, 0 in, 2.0k out, 0 peers refused');
    expect(out).toMatch(/ {2}alice +█+ +1 /);
    expect(out).toContain('Users never seen before');
    expect(out).toMatch(/^[\x20-\x7e…█\n]*$/);
  });

  it.each(['x', '-1', '1.5'])('refuses --top %s with a hint', async (top) => {
    expect(await audit('stats', '--top', top)).toBe(2);
    expect(err).toMatch(/^dockgate: --top .*\nhint: write --top 20\n$/);
    expect(out).toBe('');
  });

  it('prints everything as JSON', async () => {
    expect(await audit('stats', '--json')).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      total: { calls: 2 },
      users: [{ calls: 1 }, { calls: 1 }],
    });
  });
});

describe('audit show', () => {
  it('prints all that is known of a call', async () => {
    expect(await audit('show', 'aaaa')).toBe(0);
    expect(out).toContain('call aaaa0000-0000-4000-8000-000000000000');
    expect(out).toMatch(/event +intent\n/);
    expect(out).toMatch(/status +204\n/);
    expect(out).not.toContain('It has no end');
  });

  it('escapes what came over the wire', async () => {
    expect(await audit('show', 'bbbb')).toBe(0);
    expect(out).toContain('\\u001b]0;pwn\\u0007');
    expect(out).toMatch(/^[\x20-\x7e…\n]*$/);
  });

  it('says so where there is no such call', async () => {
    expect(await audit('show', 'cccc')).toBe(2);
    expect(err).toContain('the trail has no call whose id begins with cccc');
  });
});

describe('an output that takes no more', () => {
  /** As the system's streams do: a write that fails is told by an event. */
  function failWith(code: string): void {
    vi.spyOn(process.stdout, 'write').mockImplementation(() => {
      process.nextTick(() => process.stdout.emit('error', Object.assign(new Error(), { code })));
      return true;
    });
  }
  const COMMANDS = [['query'], ['query', '--json'], ['tail'], ['stats'], ['show', 'a'], ['verify']];

  it.each(COMMANDS)('is said, where its disk is full: %s %s', async (...command) => {
    failWith('ENOSPC');
    expect(await audit(...command)).toBe(1);
    expect(err).toMatch(/^dockgate: standard output cannot be written: ENOSPC\nhint: .*\n$/);
  });

  it.each(COMMANDS)('is no failure, where nobody reads on: %s %s', async (...command) => {
    failWith('EPIPE');
    expect(await audit(...command)).toBe(0);
    expect(err).toBe('');
  });
});

describe('audit tail', () => {
  it.each(['x', '-1', '1.5'])('refuses -n %s with a hint', async (lines) => {
    expect(await audit('tail', '-n', lines)).toBe(2);
    expect(err).toMatch(/^dockgate: --lines .*\nhint: write --lines 20\n$/);
    expect(out).toBe('');
  });
});

describe('audit verify', () => {
  it('says that all is well, and what to keep', async () => {
    expect(await audit('verify')).toBe(0);
    expect(linesOut()).toEqual([
      'audit.jsonl: 6 lines (1 to 6), 2 checkpoints, 0 gaps',
      '  last checkpoint: line 6, 2026-03-01T10:00:00.000Z',
      '  behind it, protected by nothing yet: 0 lines',
      expect.stringMatching(/^ {2}head: [0-9a-f]{64}$/),
      'ok',
    ]);
  });

  it('names the first bad line, and fails', async () => {
    writeFileSync(log, readFileSync(log, 'utf8').replace('"status":204', '"status":404'));
    expect(await audit('verify')).toBe(1);
    expect(err).toContain(`${log} line 4 (2026-03-01T10:00:00.000Z): it was changed`);
    expect(out).not.toContain('ok');
  });

  it('takes a head that was kept, and misses it where the tail was cut off', async () => {
    await audit('verify');
    const head = /head: (\w+)/.exec(out)?.[1] ?? '';
    expect(await audit('verify', '--expect-head', head)).toBe(0);
    const kept = readFileSync(log, 'utf8')
      .split(/(?<=\n)/)
      .slice(0, 2);
    writeFileSync(log, kept.join(''));
    expect(await audit('verify')).toBe(0);
    expect(await audit('verify', '--expect-head', head)).toBe(1);
    expect(err).toContain('lines were cut off at the end, or replaced');
    expect(await audit('verify', '--expect-head', 'x')).toBe(2);
  });

  it('reads files that are named, with a key that is named', async () => {
    const key = join(dirname(log), 'audit-key.pub.pem');
    expect(await audit('verify', log, '--public-key', key)).toBe(0);
    const other = join(temporaryDirectory(), 'none.pem');
    expect(await audit('verify', log, '--public-key', other)).toBe(1);
    expect(err).toContain(`the public key ${other} cannot be read: ENOENT`);
    expect(await audit('verify', log, '--public-key', log)).toBe(1);
    expect(err).toContain('holds no Ed25519 public key');
  });

  it('reads standard input where it is told to, and nothing else', async () => {
    const key = join(dirname(log), 'audit-key.pub.pem');
    const input = vi.spyOn(process, 'stdin', 'get');
    const give = (text: string): void => {
      input.mockReturnValue(Readable.from([Buffer.from(text)]) as unknown as typeof process.stdin);
    };
    const whole = readFileSync(log, 'utf8');
    give(whole);
    expect(await audit('verify', '-', '--public-key', key)).toBe(0);
    expect(linesOut()).toContain('standard input: 6 lines (1 to 6), 2 checkpoints, 0 gaps');
    give(whole.replace('"status":204', '"status":404'));
    expect(await audit('verify', '-', '--public-key', key)).toBe(1);
    expect(err).toContain('standard input line 4');
    give('');
    expect(await audit('verify', '--public-key', key, '-')).toBe(1);
    expect(await audit('verify', '-')).toBe(2);
    expect(err).toContain('standard input has no key beside it');
    expect(await audit('verify', '-', log)).toBe(2);
    expect(await audit('verify', '--json', '--bogus')).toBe(2);
    expect(err).toContain('no such flag or argument: --bogus');
  });

  it('says of a copy that lies beside the log that it may be one', async () => {
    writeFileSync(`${log}.bak`, readFileSync(log));
    expect(await audit('verify')).toBe(1);
    expect(err).toContain('audit.jsonl.bak line 1');
    expect(err).toContain('it begins with line 1, which another file has too: it may be a copy');
  });

  it('misses no file that is named', async () => {
    const none = join(dirname(log), 'none.jsonl');
    expect(await audit('verify', log, none)).toBe(1);
    expect(err).toMatch(`dockgate: ${none} cannot be read: ENOENT\nhint: `);
    const directory = join(dirname(log), 'directory');
    mkdirSync(directory);
    expect(await audit('verify', log, directory)).toBe(1);
    expect(err).toContain(`${directory} is a directory, not a log`);
    expect(out).toBe('');
  });

  it('says so where there is nothing to verify', async () => {
    const other = join(dirname(log), 'other.txt');
    writeFileSync(other, '');
    expect(await audit('verify', other)).toBe(1);
    expect(err).toContain(`${other}: it is empty: there is nothing to verify`);
    writeFileSync(other, 'Nov 30 something else\n');
    expect(await audit('verify', other)).toBe(1);
    expect(err).toContain(`${other} line 1: its lines are not chained`);
    expect(err).not.toContain('is as it was written');
    writeFileSync(log, '');
    expect(await audit('verify')).toBe(1);
    expect(err).toContain(`${log}: it is empty: there is nothing to verify`);
  });

  it('does not call a file well whose lines nothing protects', async () => {
    writeFileSync(join(dirname(log), 'audit.old.jsonl'), '{"event":"call","user":"bob"}\n');
    expect(await audit('verify')).toBe(0);
    expect(linesOut().slice(-2)).toEqual([
      'audit.old.jsonl: its lines are not chained: nobody knows whether they are as they were written',
      'ok, but for the file above',
    ]);
  });

  it('finds the key where the gate was told to have it', async () => {
    const key = join(temporaryDirectory(), 'k.pem');
    const opened = await openTestLog(undefined, { keyFile: key });
    opened.close();
    log = opened.file;
    const config = join(dirname(key), 'dockgate.yaml');
    writeFileSync(config, `audit-key: ${key}\n`);
    expect(await audit('verify', '--config', config)).toBe(0);
    expect(await audit('verify')).toBe(1);
    expect(err).toContain('cannot be read: ENOENT');
  });

  it('prints the result as JSON', async () => {
    expect(await audit('verify', '--json')).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ problems: [], chains: [{ lines: 6, unprotected: 0 }] });
  });
});
