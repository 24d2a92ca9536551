import { refuse } from './refuse.ts';

export const QUOTE = 0x22;
export const OBJECT = 0x7b;
export const ARRAY = 0x5b;
/** Nothing but white space is left. */
export const END = -1;

const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
/** `{` → `}` and `[` → `]`. */
const TO_CLOSING = 2;

/** Go allows 10,000 levels; no document of the Engine API comes near a hundred. */
const MAX_DEPTH = 100;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * Takes a JSON text apart, by the grammar of RFC 8259 as encoding/json's scanner.go holds it, and
 * notes on the way where in the document it is and which fields nobody knew.
 *
 * Every method throws CallError `REQUEST_AMBIGUOUS` where the text does not go on as asked.
 */
export class Scanner {
  readonly path: (string | number)[] = [];
  readonly unknown: string[] = [];
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Where in the text the next thing stands, white space aside. */
  get at(): number {
    this.peek();
    return this.#at;
  }

  /** Where in the text that ends which was taken last. */
  get taken(): number {
    return this.#at;
  }

  /** The next character that is no white space, as its code, not taken. */
  peek(): number {
    const text = this.#text;
    let at = this.#at;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code > 0x20) break;
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) {
        if (Number.isNaN(code)) {
          this.#at = at;
          return END;
        }
        break;
      }
      at += 1;
    }
    this.#at = at;
    return text.charCodeAt(at);
  }

  /** Takes the opening bracket. @returns false where the closing one follows, taken too. */
  open(bracket: number): boolean {
    if (this.peek() !== bracket) {
      this.fail(
        `holds something else where ${bracket === OBJECT ? 'an object' : 'a list'} belongs`,
      );
    }
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.fail(`is nested more than ${MAX_DEPTH} levels deep`);
    this.#at += 1;
    if (this.peek() !== bracket + TO_CLOSING) return true;
    this.#close();
    return false;
  }

  /** Takes what follows an element: a comma (true) or the closing bracket (false). */
  more(bracket: number): boolean {
    const next = this.peek();
    if (next === COMMA) {
      this.#at += 1;
      return true;
    }
    if (next !== bracket + TO_CLOSING) this.fail('is not valid JSON');
    this.#close();
    return false;
  }

  #close(): void {
    this.#depth -= 1;
    this.#at += 1;
  }

  /** Takes a key of an object and the colon behind it. */
  key(): string {
    const key = this.string();
    if (this.peek() !== COLON) this.fail('is not valid JSON');
    this.#at += 1;
    return key;
  }

  /** Takes a string. */
  string(): string {
    if (this.peek() !== QUOTE) this.fail('holds something else where a string belongs');
    const text = this.#text;
    const start = this.#at + 1;
    let at = start;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) break;
      if (code === BACKSLASH) return this.#escaped(start, at);
      // NaN, past the end, is not >= 0x20 either.
      if (!(code >= 0x20)) this.fail('holds a string that is not valid JSON');
      at += 1;
    }
    this.#at = at + 1;
    return text.slice(start, at);
  }

  /** The rest of a string from its first backslash on. */
  #escaped(start: number, backslash: number): string {
    const text = this.#text;
    let value = text.slice(start, backslash);
    let at = backslash;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) break;
      if (!(code >= 0x20)) this.fail('holds a string that is not valid JSON');
      if (code === BACKSLASH) {
        this.#at = at;
        value += this.#escape();
        at = this.#at;
      } else {
        value += text.charAt(at);
        at += 1;
      }
    }
    this.#at = at + 1;
    return value;
  }

  #escape(): string {
    const letter = this.#text.charAt(this.#at + 1);
    const plain = ESCAPES[letter];
    if (plain !== undefined) {
      this.#at += 2;
      return plain;
    }
    const unit = this.#unit();
    if (!isSurrogate(unit)) return String.fromCharCode(unit);
    // Go makes U+FFFD of half a pair; others keep it, and it cannot be written as UTF-8.
    const low = unit < 0xdc00 && this.#text.charCodeAt(this.#at) === BACKSLASH ? this.#unit() : 0;
    if (low < 0xdc00 || low > 0xdfff) this.fail('holds half a surrogate pair');
    return String.fromCharCode(unit, low);
  }

  /** Takes `\uXXXX`. */
  #unit(): number {
    const escape = this.#text.slice(this.#at, this.#at + 6);
    if (!/^\\u[0-9A-Fa-f]{4}$/.test(escape)) this.fail('holds a string that is not valid JSON');
    this.#at += 6;
    return Number.parseInt(escape.slice(2), 16);
  }

  /** Takes a number, as it is written. */
  number(): string {
    this.peek();
    NUMBER.lastIndex = this.#at;
    const token = NUMBER.exec(this.#text)?.[0];
    if (token === undefined) this.fail('holds something else where a number belongs');
    this.#at += token.length;
    return token;
  }

  /** Takes `word` where it comes next. @returns false where something else does. */
  take(word: 'null' | 'true' | 'false' | '[]'): boolean {
    this.peek();
    if (!this.#text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  /** Makes sure that nothing but white space is left: Go takes `}` and `]` there for an end. */
  end(): void {
    if (this.peek() !== END) this.fail('goes on behind the end of the document');
  }

  fail(reason: string): never {
    return refuse(reason, this.path);
  }
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
