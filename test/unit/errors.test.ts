import { describe, expect, it } from 'vitest';
import { CallError, CommandError, systemCode, toCallError } from '../../src/errors.ts';

describe('CallError', () => {
  it.each([
    ['REQUEST_MALFORMED', 400],
    ['REQUEST_AMBIGUOUS', 400],
    ['CONNECTION_OVER', 400],
    ['UPGRADE_NOT_ALLOWED', 400],
    ['CERTIFICATE_REFUSED', 403],
    ['BODY_TOO_LARGE', 413],
    ['TOO_MANY', 429],
    ['INTERNAL', 500],
    ['DAEMON_UNREACHABLE', 502],
    ['DAEMON_BROKE_OFF', 502],
    ['AUDIT_UNAVAILABLE', 503],
    ['STOPPING', 503],
  ] as const)('of code %s has status %i', (code, status) => {
    expect(new CallError(code, 'x')).toMatchObject({ name: 'CallError', code, status });
  });
});

describe('toCallError', () => {
  it('gives a CallError back as it is', () => {
    const error = new CallError('TOO_MANY', 'slower');
    expect(toCallError(error)).toBe(error);
  });

  it.each([[new Error('/etc/secret: EACCES')], ['a thrown string'], [undefined]])(
    'hides %o behind INTERNAL and keeps it as the cause',
    (thrown) => {
      const error = toCallError(thrown);
      expect(error).toMatchObject({ code: 'INTERNAL', status: 500 });
      expect(error.cause).toBe(thrown);
      expect(error.message).not.toContain(String(thrown));
    },
  );

  it('does not tell a caller what a CommandError says', () => {
    const error = toCallError(new CommandError('AUDIT_UNWRITABLE', '/var/log: full', 'buy a disk'));
    expect(error.code).toBe('INTERNAL');
    expect(error.message).not.toContain('/var/log');
  });
});

describe('CommandError', () => {
  it.each(['USAGE', 'CONFIG_INVALID', 'NAME_INVALID', 'SAN_INVALID'] as const)(
    'of code %s is the fault of how the command was called: exit code 2',
    (code) => {
      expect(new CommandError(code, 'x', 'y')).toMatchObject({ code, hint: 'y', exitCode: 2 });
    },
  );

  it.each(['FILE_UNREADABLE', 'LISTEN_FAILED', 'AUDIT_UNWRITABLE', 'KEY_MISMATCH'] as const)(
    'of code %s is a failure: exit code 1',
    (code) => {
      expect(new CommandError(code, 'x', 'y').exitCode).toBe(1);
    },
  );

  it('keeps its cause', () => {
    const cause = new Error('ENOENT');
    expect(new CommandError('USAGE', 'x', 'y', { cause }).cause).toBe(cause);
  });
});

describe('systemCode', () => {
  it.each([
    [Object.assign(new Error('open failed'), { code: 'ENOENT' }), 'ENOENT'],
    [new Error('just words'), 'just words'],
    ['a string', 'a string'],
    [undefined, 'undefined'],
  ])('of %o is %s', (error, code) => {
    expect(systemCode(error)).toBe(code);
  });
});
