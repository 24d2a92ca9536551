import { CallError } from '../errors.ts';

/**
 * A query that {@link parseTarget} let through, read as Go's net/url reads it: `+` is a space, keys
 * are decoded and compared exactly, a scalar is the first value of its key, a list is all of them.
 */
export class Query {
  readonly #values = new Map<string, string[]>();
  /** Keys of which a value is no UTF-8: Go hands on the bytes, which no text here can stand for. */
  readonly #unreadable = new Set<string>();

  /**
   * @param raw without `?`, with neither `;` nor a bad escape.
   * @throws CallError `REQUEST_AMBIGUOUS` for more pairs than every Go reads.
   */
  constructor(raw: string) {
    let pairs = 0;
    for (const pair of raw.split('&')) {
      pairs += 1;
      if (pairs > MAX_PAIRS) refuse(`a query of more than ${MAX_PAIRS} parameters`);
      if (pair !== '') this.#add(pair);
    }
  }

  #add(pair: string): void {
    const equals = pair.indexOf('=');
    const key = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : pair.slice(equals + 1);
    const text = tryDecode(value);
    if (text === undefined) this.#unreadable.add(key);
    const list = this.#values.get(key);
    if (list === undefined) this.#values.set(key, [text ?? '']);
    else list.push(text ?? '');
  }

  /** Every key, once, in the order of the query. */
  get names(): readonly string[] {
    return [...this.#values.keys()];
  }

  /** Whether the key is there at all, be it empty. */
  has(key: string): boolean {
    return this.#values.has(key);
  }

  /**
   * The value that the daemon reads for a scalar (Go's Form.Get); undefined where there is none.
   *
   * @throws CallError `REQUEST_AMBIGUOUS` where a value of the key is no UTF-8.
   */
  first(key: string): string | undefined {
    return this.all(key)[0];
  }

  /**
   * The values that the daemon reads for a list (Go's Form[key]), in order.
   *
   * @throws CallError `REQUEST_AMBIGUOUS` where one of them is no UTF-8.
   */
  all(key: string): readonly string[] {
    if (this.#unreadable.has(key)) refuse(`the parameter "${key}" is no UTF-8`);
    return this.#values.get(key) ?? [];
  }
}

/**
 * net/url takes no more since Go 1.24 (GODEBUG urlmaxqueryparams), and handlers that ignore the
 * error then see no parameter at all; older ones take any number.
 */
const MAX_PAIRS = 10_000;

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
  return tryDecode(text) ?? decodeLossy(text);
}

function tryDecode(text: string): string | undefined {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return undefined;
  }
}

/** decodeURIComponent throws on invalid UTF-8, which Go passes on as bytes. */
function decodeLossy(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  const bytes: number[] = [];
  for (let at = 0; at < spaced.length; at += 1) {
    if (spaced[at] === '%') {
      bytes.push(Number.parseInt(spaced.slice(at + 1, at + 3), 16));
      at += 2;
    } else {
      bytes.push(spaced.charCodeAt(at));
    }
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

function refuse(reason: string): never {
  throw new CallError('REQUEST_AMBIGUOUS', `refused: ${reason}`);
}
