import { readInteger, readFloat32 } from './numbers.ts';
import type { Type } from './type.ts';

export const string: Type<string> = {
  read: (scan) => scan.string(),
  zero: () => '',
};

export const boolean: Type<boolean> = {
  read: (scan) => {
    if (scan.take('true')) return true;
    if (scan.take('false')) return false;
    return scan.fail('holds something else where true or false belongs');
  },
  zero: () => false,
};

/** An integer of Go, whose range and form strconv holds it to. */
function integer(min: number, max: number): Type<number> {
  return {
    read: (scan) => readInteger(scan.number(), min, max) ?? scan.fail(WRONG_NUMBER),
    zero: () => 0,
  };
}

const WRONG_NUMBER = 'holds a number that does not fit its field';

/** `int`, `int64`, `time.Duration` (nanoseconds), as far as a number of ours holds them exactly. */
export const int64 = integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
/** `uint`, `uint64`, as far as a number of ours holds them exactly. */
export const uint64 = integer(0, Number.MAX_SAFE_INTEGER);
/** `uint32`, `os.FileMode`. */
export const uint32 = integer(0, 0xffff_ffff);
export const uint16 = integer(0, 0xffff);

export const float32: Type<number> = {
  read: (scan) => readFloat32(scan.number()) ?? scan.fail(WRONG_NUMBER),
  zero: () => 0,
};

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
/** What the padding leaves unused of the last character must be zero. */
const BASE64_END = /(?:^|[^=]|[AEIMQUYcgkosw048]=|[AQgw]==)$/;

/**
 * `[]byte`, in a view as its base64 text. Go skips line breaks, unused bits and takes a list of
 * numbers too; here one text stands for some bytes.
 */
export const bytes: Type<string, null> = {
  read: (scan) => {
    const text = scan.string();
    if (text.length % 4 === 0 && BASE64.test(text) && BASE64_END.test(text)) return text;
    return scan.fail('holds something else where base64 belongs');
  },
  zero: () => null,
};
