/** A glob of `*` and `?` as a pattern for whole texts. */
export function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}

/** `403`, `4xx`, `>=400`, `<500`, `400-499` as a test; undefined for anything else. */
export function statusTest(text: string): ((status: number) => boolean) | undefined {
  const [, digit] = /^([1-5])xx$/i.exec(text) ?? [];
  if (digit !== undefined) return (status) => Math.floor(status / 100) === Number(digit);
  const [, low, high] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(text) ?? [];
  if (low !== undefined) {
    return (status) => status >= Number(low) && status <= Number(high ?? low);
  }
  const [, sign, bound] = /^(>=|<=|>|<)(\d{1,3})$/.exec(text) ?? [];
  if (sign === undefined) return undefined;
  return (status) => COMPARE[sign]?.(status, Number(bound)) ?? false;
}

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
};
