/** Single values of a revocation list. What is not as X.690 has it throws a TypeError. */
import { DerCursor } from './cursor.ts';

/** An INTEGER of any size, from the hex of its two's complement. */
export function bigIntegerOf(hex: string): bigint {
  return BigInt.asIntN(hex.length * 4, BigInt(`0x${hex}`));
}

/** The serial number in an INTEGER, from its hex, in the form of {@link normalSerial}. */
export function serialOf(hex: string): string {
  // Some old CAs wrote random bytes as they came, so that they read as negative.
  return normalSerial(hex >= '8' ? bigIntegerOf(hex).toString(16) : hex);
}

/**
 * A serial number as it is compared: upper-case hex without leading zeros, `-` before a negative
 * one. OpenSSL pads what it prints to whole bytes.
 *
 * @param hex as `X509Certificate.serialNumber` gives it.
 */
export function normalSerial(hex: string): string {
  const upper = hex.toUpperCase();
  const first = upper.charCodeAt(0);
  // The common case, 10,000 times over: nothing to strip.
  if (first !== ZERO && first !== MINUS) return upper;
  return upper.replace(/^(-?)0+(?=.)/, '$1');
}

const ZERO = 0x30;
const MINUS = 0x2d;

/** The content of an OBJECT IDENTIFIER in dotted form. */
export function oidText(content: Buffer): string {
  if (content.length === 0) throw new TypeError('an identifier that is none');
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const byte of content) {
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [joined = 0n, ...rest] = arcs;
  const top = joined < 80n ? joined / 40n : 2n;
  return [top, joined - top * 40n, ...rest].join('.');
}

/** One extension of a list or of an entry; `value` is what its OCTET STRING holds. */
interface RawExtension {
  /** In dotted form. */
  readonly id: string;
  readonly critical: boolean;
  readonly value: Buffer;
}

/** The extensions in a SEQUENCE of them. One that comes twice throws (RFC 5280, 4.2). */
export function readExtensions(list: DerCursor): readonly RawExtension[] {
  const extensions: RawExtension[] = [];
  while (!list.done) {
    const fields = list.sequence('an extension');
    fields.expect(0x06);
    const id = oidText(fields.content);
    // Whatever is not FALSE counts as critical.
    const critical = fields.skip(0x01) && fields.content[0] !== 0;
    fields.expect(0x04);
    const value = fields.content;
    fields.end();
    if (extensions.some((earlier) => earlier.id === id)) {
      throw new TypeError('an extension that comes twice');
    }
    extensions.push({ id, critical, value });
  }
  return extensions;
}

/** The INTEGER that is all of `der`. */
export function soleInteger(der: Buffer): bigint {
  const cursor = DerCursor.of(der, 'a number');
  const number = bigIntegerOf(cursor.integerHex());
  cursor.end();
  return number;
}
