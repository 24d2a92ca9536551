/**
 * An integer as strconv.ParseInt and ParseUint read it: no fraction, no exponent, within the
 * field's range; undefined where Go would refuse it, or where a number of ours would round it.
 *
 * @param token a number by JSON's grammar.
 */
export function readInteger(token: string, min: number, max: number): number | undefined {
  if (!/^-?[0-9]+$/.test(token)) return undefined;
  // ParseUint knows no sign, not even that of -0.
  if (min === 0 && token.startsWith('-')) return undefined;
  const value = Number(token);
  if (value < min || value > max) return undefined;
  return value === 0 ? 0 : value;
}

const bits = new DataView(new ArrayBuffer(8));

/**
 * A `float32` as strconv.ParseFloat(…, 32) reads it; undefined where it is out of range, or where
 * rounding in two steps (text → double → float) could end elsewhere than rounding in one.
 *
 * @param token a number by JSON's grammar.
 */
export function readFloat32(token: string): number | undefined {
  const double = Number(token);
  const float = Math.fround(double);
  if (!Number.isFinite(float)) return undefined;
  bits.setFloat64(0, double);
  // The 29 bits that a float lacks are exactly one half: which way the text goes is lost.
  if ((bits.getUint32(4) & 0x1fff_ffff) === 0x1000_0000) return undefined;
  // Below 2^-126 a float has fewer bits still.
  if (Math.abs(double) < 2 ** -126 && /[1-9]/.test(token.replace(/[eE].*$/, ''))) return undefined;
  return float;
}
