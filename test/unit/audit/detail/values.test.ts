import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  command,
  flag,
  keys,
  name,
  named,
  settings,
  text,
  texts,
} from '../../../../src/audit/detail/values.ts';
import { PROPERTY } from '../../helpers/property.ts';

const MB = 1024 * 1024;
/** Printable ASCII, and the trail's own mark of what was cut. */
const HARMLESS = /^[\x20-\x7e]*(?:…\(\+\d+\))?$/;

describe('what is not said', () => {
  it.each([null, undefined, ''])('of %j is nothing', (value) => {
    expect(text(value)).toBeUndefined();
    expect(name(value)).toBeUndefined();
  });

  it.each([null, undefined, []])('of the list %j is nothing', (list) => {
    expect(texts(list)).toBeUndefined();
    expect(named(list)).toBeUndefined();
    expect(settings(list)).toBeUndefined();
    expect(command(list, 'full')).toBeUndefined();
  });

  it('of a flag is all but true', () => {
    expect([true, false, null, undefined].map(flag)).toEqual([
      true,
      undefined,
      undefined,
      undefined,
    ]);
    expect([keys(null), keys({})]).toEqual([undefined, undefined]);
  });
});

describe('a command', () => {
  const argv = ['sh', '-c', 'TOKEN=s3cret run', '--password', 's3cret'];
  it.each([
    ['full', argv],
    ['standard', ['sh', '-c', 'TOKEN=*** run', '--password', '***']],
    ['minimal', undefined],
    ['off', undefined],
  ] as const)('at level %s is %j', (level, shown) => {
    expect(command(argv, level)).toEqual(shown);
  });

  it('shows 32 arguments and counts the rest', () => {
    const many = Array.from({ length: 10_000 }, (_, at) => `${at}`);
    const shown = command(many, 'standard');
    expect(shown).toHaveLength(33);
    expect(shown?.slice(-2)).toEqual(['31', '…(+9968)']);
  });

  it('shows 1,024 characters of an argument and counts the rest, also of what was not looked at', () => {
    expect(command(['x'.repeat(1024)], 'standard')).toEqual(['x'.repeat(1024)]);
    expect(command(['x'.repeat(MB)], 'standard')).toEqual([`${'x'.repeat(1024)}…(+${MB - 1024})`]);
    expect(command(['x'.repeat(MB)], 'full')).toEqual([`${'x'.repeat(1024)}…(+${MB - 1024})`]);
  });

  it('shows a few thousand characters in all', () => {
    const shown = command(
      Array.from({ length: 10_000 }, () => '\u202e'.repeat(MB / 64)),
      'full',
    );
    expect(JSON.stringify(shown).length).toBeLessThan(10 * 1024);
    expect(shown?.at(-1)).toMatch(/^…\(\+\d+\)$/);
  });

  it('costs little, however much of it there is', () => {
    const many = Array.from({ length: 10_000 }, () => '-token'.repeat(MB / 64));
    const begun = process.cpuUsage().user;
    command(many, 'standard');
    expect(process.cpuUsage().user - begun).toBeLessThan(3_000_000);
  });

  it('shows nothing of a secret that begins where it is cut', () => {
    const secret = 's3cret'.repeat(1000);
    expect(command([`${'x'.repeat(1000)} TOKEN=${secret}`], 'standard')).toEqual([
      expect.not.stringContaining('s3cret'),
    ]);
  });
});

describe('a setting', () => {
  it('is shown by its name alone', () => {
    expect(settings(['A=s3cret', 'B=s3cret=x', 'C', '=s3cret', 'D=\ns3cret'])).toEqual([
      'A',
      'B',
      'C',
      '',
      'D',
    ]);
    expect(keys({ password: 's3cret' })).toEqual(['password']);
  });
});

describe('a name', () => {
  it.each(['auth:1.2', 'quay.io/org/token-service:v1', '/etc/passwd:/etc/passwd:ro', 'a=b'])(
    '%s is no secret',
    (value) => {
      expect(name(value)).toBe(value);
      expect(named([value])).toEqual([value]);
    },
  );

  it('is shown without the credentials of a URL', () => {
    expect(name('https://u:s3cret@reg.io/x')).toBe('https://***@reg.io/x');
  });

  it('is shown to 512 characters', () => {
    expect(name('x'.repeat(MB))).toBe(`${'x'.repeat(512)}…(+${MB - 512})`);
    expect(text('x'.repeat(MB))).toBe(`${'x'.repeat(512)}…(+${MB - 512})`);
  });
});

describe('a hostile value', () => {
  it.each([
    'a\nb',
    '\r\n{"event":"call"}',
    '\u001b[2J\u001b]0;x\u0007',
    '\u202egnp.exe',
    '\ud800',
    '\udfff\ud800',
    '\0',
    '\u2028',
    'é😀',
    '\u007f\u0080\u009b',
  ])('%j is one line of printable ASCII wherever it stands', (value) => {
    const shown = [
      text(value),
      name(value),
      ...(texts([value]) ?? []),
      ...(named([value]) ?? []),
      ...(settings([`${value}=x`]) ?? []),
      ...(keys({ [value]: 1 }) ?? []),
      ...(command([value], 'full') ?? []),
      ...(command([value], 'standard') ?? []),
    ];
    expect(shown).toHaveLength(8);
    for (const item of shown) expect(item).toMatch(HARMLESS);
  });

  it('is harmless whatever it is', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.string({ minLength: 1 }),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), (values) => {
        for (const item of [
          ...(command(values, 'standard') ?? []),
          ...(command(values, 'full') ?? []),
          ...(texts(values) ?? []),
          ...(settings(values) ?? []),
        ]) {
          expect(item).toMatch(HARMLESS);
        }
      }),
      PROPERTY,
    );
  });
});
