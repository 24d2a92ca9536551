/**
 * Walks over DER element by element, by positions in one buffer and without slicing it: a list has
 * many small elements. A step that finds something else throws a TypeError.
 */

const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;

export class DerCursor {
  readonly #bytes: Buffer;
  /** For messages. */
  readonly #what: string;
  readonly #limit: number;
  #at: number;
  /** Of the element taken last: where it begins, and where its content does. */
  #from = 0;
  #content = 0;

  private constructor(bytes: Buffer, what: string, at: number, end: number) {
    this.#bytes = bytes;
    this.#what = what;
    this.#at = at;
    this.#limit = end;
  }

  /** A cursor before the first element of `bytes`. */
  static of(bytes: Buffer, what: string): DerCursor {
    return new DerCursor(bytes, what, 0, bytes.length);
  }

  get done(): boolean {
    return this.#at === this.#limit;
  }

  /** Throws unless all has been taken. */
  end(): void {
    if (!this.done) throw new TypeError(`${this.#what} holds more than it should`);
  }

  /** True where the next element has this tag. */
  at(tag: number): boolean {
    return !this.done && this.#bytes[this.#at] === tag;
  }

  /** Takes the next element where it has this tag. */
  skip(tag: number): boolean {
    if (!this.at(tag)) return false;
    let content = this.#at + 2;
    let length = this.#bytes[this.#at + 1] ?? 0;
    if (length >= 0x80) {
      const count = length - 0x80;
      // 0 means "indefinite", which DER forbids; 4 bytes are 4 GiB.
      if (count === 0 || count > 4 || content + count > this.#limit) throw this.#broken();
      length = this.#bytes.readUIntBE(content, count);
      content += count;
    }
    if (content + length > this.#limit) throw this.#broken();
    this.#from = this.#at;
    this.#content = content;
    this.#at = content + length;
    return true;
  }

  /** Takes an element of this tag. */
  expect(tag: number): void {
    if (!this.skip(tag)) throw new TypeError(`${this.#what} lacks a part`);
  }

  /** Takes an element of this tag, and returns it, header included. */
  take(tag: number): Buffer {
    this.expect(tag);
    return this.raw;
  }

  /** The same where the next element has this tag. */
  optional(tag: number): Buffer | undefined {
    return this.skip(tag) ? this.raw : undefined;
  }

  /** The element taken last, header included. */
  get raw(): Buffer {
    return this.#bytes.subarray(this.#from, this.#at);
  }

  /** What the element taken last holds. */
  get content(): Buffer {
    return this.#bytes.subarray(this.#content, this.#at);
  }

  /** Walks inside the element taken last. */
  inside(what = this.#what): DerCursor {
    return new DerCursor(this.#bytes, what, this.#content, this.#at);
  }

  /** Takes a SEQUENCE, and walks inside it. */
  sequence(what?: string): DerCursor {
    this.expect(SEQUENCE);
    return this.inside(what);
  }

  /** Takes a UTCTime or GeneralizedTime, in the form of RFC 5280, 4.1.2.5, where there is one. */
  optionalTime(): Date | undefined {
    if (this.skip(UTC_TIME)) return this.#time(0);
    if (this.skip(GENERALIZED_TIME)) return this.#time(2);
    return undefined;
  }

  time(): Date {
    const time = this.optionalTime();
    if (time === undefined) throw new TypeError(`${this.#what} lacks a time`);
    return time;
  }

  /** Takes an INTEGER as hex of its two's complement. */
  integerHex(): string {
    this.expect(0x02);
    if (this.#content === this.#at) throw new TypeError('a number that is none');
    return this.#bytes.toString('hex', this.#content, this.#at);
  }

  /** `century` is how many more bytes the year has than two. */
  #time(century: 0 | 2): Date {
    const from = this.#content;
    const length = this.#at - from;
    if (length !== 13 + century || this.#bytes[this.#at - 1] !== 0x5a) throw notATime();
    const short = this.#twoDigits(from + century);
    // The two digits of a UTCTime stand for 1950 to 2049.
    const full = century === 2 ? this.#twoDigits(from) * 100 : short < 50 ? 2000 : 1900;
    const rest = from + century + 2;
    const month = this.#twoDigits(rest);
    const day = this.#twoDigits(rest + 2);
    const hour = this.#twoDigits(rest + 4);
    const minute = this.#twoDigits(rest + 6);
    const second = this.#twoDigits(rest + 8);
    const date = new Date(Date.UTC(full + short, month - 1, day, hour, minute, second));
    // The 31st of June would become the 1st of July.
    if (date.getUTCDate() !== day || date.getUTCMonth() !== month - 1) throw notATime();
    if (hour > 23 || minute > 59 || second > 59) throw notATime();
    return date;
  }

  #twoDigits(at: number): number {
    const tens = (this.#bytes[at] ?? 0) - 0x30;
    const ones = (this.#bytes[at + 1] ?? 0) - 0x30;
    if (tens < 0 || tens > 9 || ones < 0 || ones > 9) throw notATime();
    return tens * 10 + ones;
  }

  #broken(): TypeError {
    return new TypeError(`${this.#what} has an element that ends early`);
  }
}

const notATime = (): TypeError => new TypeError('a time that is none');
