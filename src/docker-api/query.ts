/**
 * The first value of `key` in a query that {@link parseTarget} let through, decoded as Go's
 * net/url does (`+` is a space, keys are decoded and compared exactly); undefined where absent.
 * Go's Form.Get reads the first of repeated keys.
 */
export function firstValue(query: string, key: string): string | undefined {
  for (const [name, value] of pairs(query)) {
    if (name === key) return value;
  }
  return undefined;
}

/** Every pair of the query in order, decoded. Bytes that are no UTF-8 become U+FFFD. */
export function* pairs(query: string): Generator<readonly [key: string, value: string]> {
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    yield equals < 0
      ? [decode(pair), '']
      : [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))];
  }
}

function decode(text: string): string {
  if (!/[%+]/.test(text)) return text;
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return decodeLossy(spaced);
  }
}

/** decodeURIComponent throws on invalid UTF-8, which Go passes on as bytes. */
function decodeLossy(text: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '%') {
      bytes.push(Number.parseInt(text.slice(at + 1, at + 3), 16));
      at += 2;
    } else {
      bytes.push(text.charCodeAt(at));
    }
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}
