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

/** Each header as a pair, in order, name in the sender's case. */
export function* headerPairs(raw: RawHeaders): Generator<readonly [name: string, value: string]> {
  for (let at = 0; at + 1 < raw.length; at += 2) {
    yield [raw[at] ?? '', raw[at + 1] ?? ''];
  }
}

/** Every value of the header `name` (lower case), in order. */
export function headerValues(raw: RawHeaders, name: string): string[] {
  const values: string[] = [];
  for (const [key, value] of headerPairs(raw)) {
    if (key.length === name.length && key.toLowerCase() === name) values.push(value);
  }
  return values;
}

/** The words of a comma-separated header, lower case: `Connection: Upgrade, X` → `upgrade`, `x`. */
export function headerTokens(raw: RawHeaders, name: string): string[] {
  return headerValues(raw, name)
    .flatMap((value) => value.split(','))
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== '');
}

/**
 * What may travel on: everything but the hop-by-hop headers, those that `Connection` names, and
 * those in `also`. Order, case and repeated lines stay as they are.
 */
export function endToEnd(raw: RawHeaders, also: readonly string[] = []): string[] {
  const dropped = new Set([...headerTokens(raw, 'connection'), ...also]);
  const kept: string[] = [];
  for (const [name, value] of headerPairs(raw)) {
    const key = name.toLowerCase();
    if (!HOP_BY_HOP.has(key) && !dropped.has(key)) kept.push(name, value);
  }
  return kept;
}
