/**
 * Reads DER by slicing it, so that what comes out is the bytes that went in. It serves certificates
 * and keys that OpenSSL has parsed before; what it does not understand it refuses with a TypeError.
 */

/** One tag-length-value: `raw` is all of it, `content` what the length covers. */
export interface Tlv {
  readonly tag: number;
  readonly content: Buffer;
  readonly raw: Buffer;
}

/** The element that starts at `offset` (bytes). Long tags and indefinite lengths are not DER of X.509. */
export function readTlv(bytes: Buffer, offset = 0): Tlv {
  const tag = bytes[offset];
  if (tag === undefined || (tag & 0x1f) === 0x1f) throw new TypeError('not a DER element');
  const { length, headerEnd } = readLength(bytes, offset + 1);
  const end = headerEnd + length;
  if (end > bytes.length) throw new TypeError('a DER element that ends early');
  return {
    tag,
    content: bytes.subarray(headerEnd, end),
    raw: bytes.subarray(offset, end),
  };
}

/** The elements inside a constructed one, in order. */
export function readChildren(content: Buffer): readonly Tlv[] {
  const children: Tlv[] = [];
  for (let offset = 0; offset < content.length;) {
    const child = readTlv(content, offset);
    children.push(child);
    offset += child.raw.length;
  }
  return children;
}

function readLength(bytes: Buffer, offset: number): { length: number; headerEnd: number } {
  const first = bytes[offset];
  if (first === undefined) throw new TypeError('a DER element without a length');
  if (first < 0x80) return { length: first, headerEnd: offset + 1 };
  const count = first - 0x80;
  // 4 bytes of length are 4 GiB; 0 means "indefinite", which DER forbids.
  if (count === 0 || count > 4 || offset + count >= bytes.length) {
    throw new TypeError('a DER length that is not definite');
  }
  return { length: bytes.readUIntBE(offset + 1, count), headerEnd: offset + 1 + count };
}
