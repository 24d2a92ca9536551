import type { UUID } from 'node:crypto';

/** What a line tells, besides its place in the chain; docs/audit-format.md lists the events. */
export interface AuditRecord {
  readonly event: string;
  readonly [field: string]: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** Fields whose text is there already: many lines have them, or it was written in a better way than by going through them. */
export class WrittenFields {
  readonly #fields: Fields | (() => Fields);
  /** With a comma before it; empty where there is nothing to say. */
  readonly text: string;

  /**
   * @param fields or what gives them, for the few who want them apart.
   * @param text of them, where it was written: `member` of each, in order.
   */
  constructor(fields: Fields);
  constructor(fields: Fields | (() => Fields), text: string);
  constructor(fields: Fields | (() => Fields), text?: string) {
    this.#fields = fields;
    this.text = text ?? inside(this.fields);
  }

  /** Fields that stand in many lines. */
  static lasting(fields: Fields): WrittenFields {
    return new WrittenFields(fields, inOnePiece(inside(fields)));
  }

  get fields(): Fields {
    const fields = this.#fields;
    return typeof fields === 'function' ? fields() : fields;
  }
}

/** A record of a call, whose fields come in parts, in this order. Some of them were written already. */
export class PartedRecord {
  readonly event: string;
  readonly id: UUID;
  readonly #parts: readonly (Fields | WrittenFields)[];

  /** @param id of the call. */
  constructor(event: string, id: UUID, parts: readonly (Fields | WrittenFields)[]) {
    this.event = event;
    this.id = id;
    this.#parts = parts;
  }

  /** Without the braces. Nothing has to be escaped in an event and an id. */
  text(): string {
    let all = `"event":"${this.event}","id":"${this.id}"`;
    for (const part of this.#parts) all += part instanceof WrittenFields ? part.text : inside(part);
    return all;
  }

  /** The same in one. */
  whole(): AuditRecord {
    const fields = this.#parts.map((part) => (part instanceof WrittenFields ? part.fields : part));
    return { event: this.event, id: this.id, ...(Object.assign({}, ...fields) as Fields) };
  }
}

/**
 * Fields as they stand behind others in a line: what JSON.stringify writes, in half the time for what most of them
 * are. Their names are ours.
 */
function inside(fields: Fields): string {
  let text = '';
  for (const name in fields) text += member(`,"${name}":"`, fields[name]);
  return text;
}

/**
 * The same text. V8 keeps text that was joined as a tree of its parts, which each line that it stands in would have to be
 * gathered from again.
 *
 * @param text ASCII.
 */
function inOnePiece(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/**
 * One field as it stands behind others in a line; nothing where there is no value.
 *
 * @param opening what stands before its value if that is text: `,"name":"`.
 */
export function member(opening: string, value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string' && PLAIN.test(value)) return `${opening}${value}"`;
  const isNumber = typeof value === 'number' && Number.isFinite(value);
  return opening.slice(0, -1) + (isNumber ? String(value) : json(value));
}

/** Printable ASCII in which JSON escapes nothing. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** Longest line, in bytes, line end included: what readers have to make room for. */
export const MAX_LINE = 64 * 1024;

/** Room for `v`, `seq` and `prev`, and for the signature of a checkpoint. */
const RESERVED = 512;

/**
 * A record as the inside of a line: JSON without its opening brace, of printable ASCII only. What is
 * beyond that is escaped as JSON does, so a line is one line for every reader, and no terminal obeys it.
 *
 * A record that is too long loses its longest fields, and names them in `cut`.
 *
 * @param time ms since the epoch.
 */
export function recordText(record: AuditRecord | PartedRecord, time: number): string {
  const when = timeField(time);
  if (record instanceof PartedRecord) {
    const body = `${when}${record.text()}}`;
    return body.length <= MAX_LINE - RESERVED ? body : shortened(when, record.whole());
  }
  const text = json(record);
  // The event stands behind the time in every line, so that it is found without parsing.
  const isFirst = text.startsWith('{"event":');
  const body = isFirst ? when + text.slice(1) : eventFirst(when, record);
  return body.length <= MAX_LINE - RESERVED ? body : shortened(when, record);
}

function eventFirst(when: string, { event, ...fields }: AuditRecord): string {
  return when + json({ event, ...fields }).slice(1);
}

/** The first field of a line: RFC 3339, UTC, with milliseconds. Many lines have the same one. */
function timeField(time: number): string {
  const moment = Math.trunc(time);
  if (moment !== writtenMoment) {
    writtenField = inOnePiece(`"time":"${new Date(moment).toISOString()}",`);
    writtenMoment = moment;
  }
  return writtenField;
}

let writtenMoment = NaN;
let writtenField = '';

function shortened(when: string, { event, ...fields }: AuditRecord): string {
  const head = `${when}"event":${json(event)}`;
  const texts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ name, text: `${json(name)}:${json(value)}` }));
  const longest = texts.toSorted((a, b) => b.text.length - a.text.length);
  const cut = new Set<string>();
  let room = MAX_LINE - RESERVED - head.length - 1024;
  for (const { text } of texts) room -= text.length + 1;
  for (const { name, text } of longest) {
    if (room >= 0) break;
    room += text.length + 1;
    cut.add(name);
  }
  const kept = texts.filter(({ name }) => !cut.has(name)).map(({ text }) => text);
  const names = [...cut].map((name) => name.slice(0, 32));
  return `${[head, ...kept, `"cut":${json(names.slice(0, 16))}`].join(',')}}`;
}

const BEYOND_ASCII = /[^\x20-\x7e]/;
const EACH_BEYOND_ASCII = /[^\x20-\x7e]/g;

function json(value: unknown): string {
  const text = JSON.stringify(value);
  if (!BEYOND_ASCII.test(text)) return text;
  return text.replace(
    EACH_BEYOND_ASCII,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
