import type { Random } from './random.ts';

/** A document's bytes, now and then damaged as a whole. */
export function spoil(text: string, random: Random): Buffer {
  const bytes = Buffer.from(text);
  if (random.chance(0.7)) return bytes;
  const damage = random.pick<(bytes: Buffer, random: Random) => Buffer>([
    (whole) => Buffer.concat([Buffer.from('\ufeff'), whole]),
    (whole, by) => Buffer.concat([whole, Buffer.from(by.pick(TAILS))]),
    (whole, by) => whole.subarray(0, by.below(whole.length + 1)),
    (whole, by) => insert(whole, by.below(whole.length + 1), by.pick(BAD_BYTES)),
    (whole, by) => insert(whole, by.below(whole.length + 1), [by.below(256)]),
    (whole) => Buffer.from(`{"Unheard":${nested(99)},${whole.toString().slice(1)}`),
    (whole) => Buffer.from(`{"Unheard":${nested(100)},${whole.toString().slice(1)}`),
    (_, by) => Buffer.from(by.pick(['', ' \n', 'null', '[]', '"x"', '1', 'true', '{', '[{}]'])),
  ]);
  return damage(bytes, random);
}

const TAILS = [' }garbage', ']', ' {}', ',', '\u0000', '\n\t ', 'null', '/* */', '}'];

/** No UTF-8: a lone byte, an overlong slash, half a pair, a cut sequence, beyond Unicode. */
const BAD_BYTES = [
  [0xff],
  [0xc0, 0xaf],
  [0xed, 0xa0, 0x80],
  [0xe2, 0x82],
  [0xf4, 0x90, 0x80, 0x80],
];

function insert(bytes: Buffer, at: number, added: readonly number[]): Buffer {
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(added), bytes.subarray(at)]);
}

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}
