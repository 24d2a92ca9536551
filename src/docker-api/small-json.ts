/** A number as it was written. */
export interface JsonNumber {
  readonly number: string;
}

/** A JSON value; objects keep their keys as they are, exactly once. */
export type Json =
  null | boolean | string | JsonNumber | readonly Json[] | ReadonlyMap<string, Json>;

const MAX_DEPTH = 32;

/**
 * Reads a short JSON text (a query parameter, a small answer of the daemon) for which every reader
 * sees the same: undefined for what is no JSON to Go's encoding/json, and for what readers differ on,
 * which is a key given twice, half a surrogate pair, or nesting without end.
 */
export function readJson(text: string): Json | undefined {
  const reader = new Reader(text);
  try {
    const value = reader.value(0);
    return reader.atEnd() ? value : undefined;
  } catch {
    // NOT_JSON; whatever else it might be, the text was not read.
    return undefined;
  }
}

export function isObject(value: Json | undefined): value is ReadonlyMap<string, Json> {
  return value instanceof Map;
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function isString(value: Json | undefined): value is string {
  return typeof value === 'string';
}

const NOT_JSON = new Error('not JSON that all read alike');

const SPACE = /[ \t\r\n]*/y;
const LITERAL = /true|false|null/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// Between the quotes all but control characters, `"` and `\` (RFC 8259 section 7), each looked at once.
const STRING = /"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[ !#-[\]-\uffff]*)*"/y;
const ESCAPE = /\\(?:u(.{4})|(.))/g;
const LONE_SURROGATE = /\p{Surrogate}/u;

const ESCAPED: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): Json {
    if (depth > MAX_DEPTH) throw NOT_JSON;
    this.#take(SPACE);
    const value = this.#bare(depth);
    this.#take(SPACE);
    return value;
  }

  atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  #bare(depth: number): Json {
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    if (first === '"') return this.#string();
    const literal = this.#take(LITERAL);
    if (literal !== undefined) return literal === 'null' ? null : literal === 'true';
    const number = this.#take(NUMBER);
    if (number === undefined) throw NOT_JSON;
    return { number };
  }

  #object(depth: number): ReadonlyMap<string, Json> {
    const entries = new Map<string, Json>();
    this.#list('}', () => {
      this.#take(SPACE);
      const key = this.#string();
      if (entries.has(key)) throw NOT_JSON;
      this.#take(SPACE);
      if (!this.#skip(':')) throw NOT_JSON;
      entries.set(key, this.value(depth + 1));
    });
    return entries;
  }

  #array(depth: number): readonly Json[] {
    const items: Json[] = [];
    this.#list(']', () => items.push(this.value(depth + 1)));
    return items;
  }

  /** What stands between a bracket and its `end`, parted by commas; nothing is allowed too. */
  #list(end: string, item: () => void): void {
    this.#at += 1;
    this.#take(SPACE);
    if (this.#skip(end)) return;
    do item();
    while (this.#skip(','));
    if (!this.#skip(end)) throw NOT_JSON;
  }

  #string(): string {
    const quoted = this.#take(STRING);
    if (quoted === undefined) throw NOT_JSON;
    const text = quoted
      .slice(1, -1)
      .replace(ESCAPE, (_, hex: string | undefined, letter: string) =>
        hex === undefined
          ? (ESCAPED[letter] ?? letter)
          : String.fromCharCode(Number.parseInt(hex, 16)),
      );
    if (LONE_SURROGATE.test(text)) throw NOT_JSON;
    return text;
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  /** What `pattern`, which is sticky, matches here. */
  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}
