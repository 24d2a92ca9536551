import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLog } from '../../../src/cli/operational-log.ts';
import { fail, note, print, printJson } from '../../../src/cli/terminal.ts';
import { LOG_LEVELS } from '../../../src/config/schema.ts';
import { CommandError } from '../../../src/errors.ts';

let out = '';
let err = '';

beforeEach(() => {
  out = '';
  err = '';
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

describe('the terminal', () => {
  it('gets results on standard output', () => {
    print('one line');
    printJson({ a: [1] });
    const [line, ...json] = out.split('\n');
    expect(line).toBe('one line');
    expect(JSON.parse(json.join('\n'))).toEqual({ a: [1] });
    expect(err).toBe('');
  });

  it('gets messages on standard error', () => {
    note('by the way');
    expect([out, err]).toEqual(['', 'by the way\n']);
  });
});

describe('fail', () => {
  it('says what is wrong on one line and what to do on another', () => {
    const code = fail(new CommandError('CONFIG_INVALID', '--host x: expected y', 'write y'));
    expect(code).toBe(2);
    expect(err).toBe('dockgate: --host x: expected y\nhint: write y\n');
    expect(out).toBe('');
  });

  it('gives the exit code of the error', () => {
    expect(fail(new CommandError('LISTEN_FAILED', 'x', 'y'))).toBe(1);
    expect(fail(new CommandError('USAGE', 'x', 'y'))).toBe(2);
  });

  it('keeps each of the two to one line', () => {
    fail(new CommandError('USAGE', 'a\n  b\r\nc', 'd\n\n e'));
    expect(err).toBe('dockgate: a b c\nhint: d e\n');
  });

  it.each([
    [new TypeError('x is not\na function'), 'x is not a function'],
    ['a thrown string', 'a thrown string'],
    [undefined, 'undefined'],
  ])('shows no stack trace of what it did not expect: %o', (error, text) => {
    expect(fail(error)).toBe(1);
    const [first, hint, ...rest] = err.split('\n');
    expect(first).toBe(`dockgate: unexpected error: ${text}`);
    expect(hint).toMatch(/^hint: /);
    expect(rest).toEqual(['']);
  });
});

describe('createLog', () => {
  it.each(LOG_LEVELS)('listens to the level %s, on a terminal and off it', async (level) => {
    for (const isTTY of [true, false]) {
      vi.spyOn(process, 'stderr', 'get').mockReturnValue(
        Object.assign(Object.create(process.stderr) as typeof process.stderr, { isTTY }),
      );
      expect((await createLog(level)).level).toBe(level);
      vi.restoreAllMocks();
    }
  });
});
