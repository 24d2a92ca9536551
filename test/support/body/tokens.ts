import type { Random } from './random.ts';

const STRINGS = [
  ...['', 'host', 'container:victim', '/:/host', '/var/run/docker.sock:/s:ro', 'bind', 'ALL'],
  ...['seccomp=unconfined', 'true', '0', '127.0.0.1', 'a"b', 'back\\slash', 'tab\there', '\u0000'],
  ...['ſ', '\u212a', 'é', '日本', '😀', '\u2028', '\ufffd', '\ufeff', '\u007f', 'x'.repeat(300)],
];

/** A string of JSON, its characters raw or escaped. */
export function stringText(random: Random, odd: number): string {
  if (random.chance(odd)) {
    return random.pick([
      ...['"\\ud800"', '"\\udc00x"', '"\\ud83d\\u0041"', '"\\ud800\\ud800"'],
      ...['"\\x41"', '"\\u00g0"', '"a\tb"', '"\\\'"', '"open', "'single'", '"\\u12"'],
    ]);
  }
  return keyText(random.pick(STRINGS), random);
}

/** A given text as a string of JSON. */
export function keyText(text: string, random: Random): string {
  const share = random.chance(0.8) ? 0 : 0.5;
  let out = '';
  // By code units: half a pair may be escaped where the other half is not.
  for (const character of text) out += random.chance(share) ? escaped(character) : plain(character);
  return `"${out}"`;
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

function plain(character: string): string {
  return JSON.stringify(character).slice(1, -1);
}

const ODD_NUMBERS = [
  ...['1.0', '1e2', '-0', '0.5', '-1', '1E400', '9007199254740993', '-9007199254740993', '01'],
  ...['9223372036854775807', '9223372036854775808', '18446744073709551616', '+1', '1.', '.5'],
  ...['65536', '4294967296', '-2147483649', '1e-400', '0x10', 'NaN', 'Infinity', '-', '00'],
];

/** A number for a field of that Go type. */
export function numberText(type: string, random: Random, odd: number): string {
  if (random.chance(odd * 2)) return random.pick(ODD_NUMBERS);
  if (type === 'float32') {
    return random.pick(['0', '0.1', '1e-3', '3.14159', '0.25', '1', '16777217', '1E+2', '-0.0']);
  }
  if (random.chance(0.3)) return random.pick(['0', '1', '65535']);
  const positive = String(random.below(type === 'uint16' ? 65_536 : 2 ** 31));
  return type.startsWith('uint') || random.chance(0.7) ? positive : `-${positive}`;
}

/** A value of any type. */
export function unknownText(random: Random): string {
  return random.pick([
    ...['1', '"text"', 'true', 'null', '[]', '{}', '[1,[2,{"a":"b"}]]', '{"a":1,"A":2}'],
    ...['{"a":1,"a":2}', '"\\ud800"', '[[[[]]]]', '1e999', '-12.5e-3', '[null]'],
    ...['{"a":null}', 'True', 'nul', '"\\u0041"', '{"a":{"b":{"c":[]}}}', 'undefined'],
  ]);
}
