/** Header lists as node:http gives and takes them raw: name, value, name, value, … */
export type RawHeaders = readonly string[];

/**
 * Headers that concern one connection only (RFC 9110 section 7.6.1) and are therefore written anew
 * on the next. `HTTP2-Settings` belongs to an upgrade that is never passed on.
 */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Most names are of no such length, and need not be looked at any closer. */
const IS_HOP_BY_HOP_LENGTH: readonly boolean[] = Array.from({ length: 64 }, (_, length) =>
  [...HOP_BY_HOP].some((name) => name.length === length),
);

/** Each header as a pair, in order, name in the sender's case. */
export function* headerPairs(raw: RawHeaders): Generator<readonly [name: string, value: string]> {
  for (let at = 0; at + 1 < raw.length; at += 2) {
    yield [raw[at] ?? '', raw[at + 1] ?? ''];
  }
}

/** Every value of the header `name` (lower case), in order. */
export function headerValues(raw: RawHeaders, name: string): string[] {
  const values: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const key = raw[at] ?? '';
    if (key.length === name.length && key.toLowerCase() === name) values.push(raw[at + 1] ?? '');
  }
  return values;
}

/** The words of a comma-separated value, lower case: `Upgrade, X` → `upgrade`, `x`. */
export function tokensOf(value: string): string[] {
  return value
    .split(',')
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== '');
}

/** The words of a comma-separated header, lower case, over all of its lines. */
export function headerTokens(raw: RawHeaders, name: string): string[] {
  const values = headerValues(raw, name);
  return values.length === 0 ? values : values.flatMap(tokensOf);
}

/** @param name in lower case. */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name);
}

/**
 * What may travel on: everything but the hop-by-hop headers, those that `Connection` names, and
 * those in `also`. Order, case and repeated lines stay as they are.
 */
export function endToEnd(raw: RawHeaders, also: readonly string[] = []): string[] {
  const named = headerTokens(raw, 'connection');
  const others = named.length === 0 ? also : [...named, ...also];
  const kept: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? '';
    if (others.length > 0 || IS_HOP_BY_HOP_LENGTH[name.length] === true) {
      const key = name.toLowerCase();
      if (HOP_BY_HOP.has(key) || others.includes(key)) continue;
    }
    kept.push(name, raw[at + 1] ?? '');
  }
  return kept;
}
