import fc from 'fast-check';

/** The keys that are asked for; the generated queries hold others too. */
export const KEYS = ['v', 'filters', 't', 'From Image'] as const;

const BOOLEANS = [
  ...['', '0', '1', 'no', 'No', 'NONE', 'none', 'false', 'False', 'FALSE', 'fAlse', 'true', 'True'],
  ...['TRUE', 't', 'f', 'T', 'F', 'yes', 'on', 'off', '2', '00', 'fal\u017fe', 'n\u212a'],
];
const SPACES = [
  ' ',
  '\t',
  '\n',
  '\v',
  '\f',
  '\r',
  '\u0085',
  '\u00a0',
  '\u1680',
  '\u2003',
  '\u2028',
];
const NO_SPACES = ['\ufeff', '\u200b', '\u180e', '\u0000', '\u001f'];
const INTEGERS = [
  ...['0', '-0', '+5', '007', '9223372036854775807', '9223372036854775808', '-9223372036854775808'],
  ...['-9223372036854775809', '1_000', '0x10', '1.0', '1e3', '--1', '\u0661', `${'0'.repeat(30)}7`],
];

const boolean = fc
  .tuple(
    fc.constantFrom('', '', '', ...SPACES, ...NO_SPACES),
    fc.constantFrom(...BOOLEANS),
    fc.constantFrom('', '', '', ...SPACES, ...NO_SPACES),
  )
  .map((parts) => parts.join(''));
const integer = fc.oneof(fc.constantFrom(...INTEGERS), fc.bigInt().map(String));

const word = fc.constantFrom(
  'label',
  'name',
  'a',
  'A',
  '',
  'a=b',
  'é',
  '😀',
  '__proto__',
  '\u2028',
);
const quoted = word.map((text) => JSON.stringify(text));
/** Strings that are written oddly, or not at all. */
const oddString = fc.constantFrom(
  ...[String.raw`"\u0061"`, String.raw`"\ud83d\ude00"`, String.raw`"\/"`, '"\u007f"', '"\u0085"'],
  ...[String.raw`"\ud800"`, String.raw`"\udc00x"`, String.raw`"\x"`, '"\t"', "'a'", 'a', 'null'],
);
const string = fc.oneof({ weight: 30, arbitrary: quoted }, oddString);
const space = fc.constantFrom('', '', '', '', ' ', '\n', '\t ', '\u00a0');
const scalar = fc.oneof(
  { weight: 25, arbitrary: fc.constantFrom('true', 'false') },
  fc.constantFrom('null', '0', '1', '"true"', '{}', '[]', 'True'),
);
const end = fc.constantFrom('', '', '', '', '', '', '', '', '', '', '', '', '', ' ', ',', 'x', '}');

function list(items: readonly string[], [open, close]: readonly [string, string], tail: string) {
  return `${open}${items.join(',')}${tail}${close}`;
}

const trailing = fc.constantFrom('', '', '', '', '', '', '', '', ',');
const set = fc
  .tuple(fc.array(fc.tuple(string, space, scalar), { maxLength: 3 }), trailing)
  .map(([entries, tail]) =>
    list(
      entries.map(([k, s, v]) => `${k}${s}:${v}`),
      ['{', '}'],
      tail,
    ),
  );
const strings = fc
  .tuple(fc.array(string, { maxLength: 3 }), trailing)
  .map(([items, tail]) => list(items, ['[', ']'], tail));

/** Filters in one shape, in the other, in a mixture of both; some with a mistake. */
const filters = fc
  .oneof(
    { weight: 3, arbitrary: fc.array(fc.tuple(string, space, set), { maxLength: 3 }) },
    { weight: 3, arbitrary: fc.array(fc.tuple(string, space, strings), { maxLength: 3 }) },
    fc.array(fc.tuple(string, space, fc.oneof(set, strings, scalar)), { maxLength: 3 }),
  )
  .chain((entries) =>
    fc.tuple(space, end).map(
      ([before, after]) =>
        before +
        list(
          entries.map(([k, s, v]) => `${k}:${s}${v}`),
          ['{', '}'],
          '',
        ) +
        after,
    ),
  );

/** Text as a client may put it into a query: all escaped, what must be, or spaces as `+`. */
function escape(text: string, how: number): string {
  if (how === 0) {
    return Array.from(Buffer.from(text), (b) => `%${b.toString(16).padStart(2, '0')}`).join('');
  }
  const escaped = encodeURIComponent(text);
  return how === 1 ? escaped.replaceAll('%20', '+') : escaped;
}

const how = fc.constantFrom(0, 1, 1, 2, 2, 2);
const scalarText = fc.oneof(boolean, integer);
const anyText = fc.oneof(scalarText, filters, fc.string({ unit: 'grapheme', maxLength: 8 }));
const escaped = (text: fc.Arbitrary<string>) =>
  fc.tuple(text, how).map(([value, style]) => escape(value, style));
/** Values that are no UTF-8, hold what parts pairs, or a bad escape. */
const rawValue = fc.constantFrom(
  ...[
    '%ff',
    'a%c0%afb',
    '%ed%a0%80',
    '%EF%BB%BF0',
    'a=b',
    '=',
    '%zz',
    '%',
    '%4',
    '1;t=2',
    '+',
    '%2B',
  ],
);
const otherKey = fc.constantFrom(
  ...['V', 'v[]', 'Filters', '%ff', '', '%C5%BF', 'vv', '__proto__', 'constructor'],
);
const written = (...keys: readonly (typeof KEYS)[number][]) =>
  escaped(fc.constantFrom<string>(...keys));
const pairOf = (key: fc.Arbitrary<string>, value: fc.Arbitrary<string>) =>
  fc.tuple(key, value).map(([k, v]) => `${k}=${v}`);
const pair = fc.oneof(
  { weight: 6, arbitrary: pairOf(written('filters'), escaped(filters)) },
  { weight: 6, arbitrary: pairOf(written('v'), escaped(scalarText)) },
  { weight: 4, arbitrary: pairOf(fc.oneof(written(...KEYS), otherKey), escaped(anyText)) },
  { weight: 1, arbitrary: pairOf(fc.oneof(written(...KEYS), otherKey), rawValue) },
  { weight: 1, arbitrary: fc.oneof(written(...KEYS), otherKey, fc.constant('')) },
);

/** Raw queries, visible ASCII, of a kind that clients send or attackers try. */
export const anyQuery = fc.array(pair, { minLength: 1, maxLength: 4 }).map((all) => all.join('&'));
