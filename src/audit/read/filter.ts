import { CommandError } from '../../errors.ts';
import { globPattern, statusTest } from './patterns.ts';

/** A line as it was parsed; nothing about it is certain, since anybody may have written the file. */
export type Fields = Readonly<Record<string, unknown>>;

/** What to look for; all of it has to hold, and of a list one. Absent: anything. */
export interface FilterOptions {
  readonly event?: readonly string[] | undefined;
  readonly user?: readonly string[] | undefined;
  readonly role?: readonly string[] | undefined;
  /** Globs: `container.*`. */
  readonly action?: readonly string[] | undefined;
  readonly effect?: readonly string[] | undefined;
  /** Name, id, or the beginning of an id. */
  readonly container?: readonly string[] | undefined;
  readonly image?: readonly string[] | undefined;
  /** The beginning of the peer's address: `192.0.2.`. */
  readonly remote?: readonly string[] | undefined;
  /** `403`, `4xx`, `>=400`, `400-499`. */
  readonly status?: readonly string[] | undefined;
  readonly decision?: 'allow' | 'deny' | 'warn' | undefined;
  /** Or its beginning. */
  readonly id?: readonly string[] | undefined;
  /** ms since the epoch. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** A compiled filter. */
export interface Filter {
  /** Bytes that every line has that matches; looked for before anything is parsed. */
  readonly needles: readonly Buffer[];
  /** Bounds of `time` as it is written, which sorts as text; undefined: none. */
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly matches: (fields: Fields) => boolean;
}

/** Of lines that are shown unless `--event` says otherwise: what happened, once each. */
const SHOWN = /^(?!intent$|checkpoint$|log-)/;

/** @throws CommandError `USAGE` for a status that is none. */
export function compileFilter(options: FilterOptions): Filter {
  const { event, user, role, action, effect, container, image, remote, status, id } = options;
  const tests: ((fields: Fields) => boolean)[] = [
    event === undefined ? ({ event: name }) => SHOWN.test(String(name)) : globs('event', event),
  ];
  if (user !== undefined) tests.push(oneOf('user', user));
  if (role !== undefined) tests.push(oneOf('role', role));
  if (action !== undefined) tests.push(globs('action', action));
  if (effect !== undefined) tests.push(oneOf('effect', effect));
  if (container !== undefined) tests.push((fields) => container.some(isContainer(fields)));
  if (image !== undefined) tests.push((fields) => image.some(isImage(fields)));
  if (remote !== undefined) tests.push(beginsWith('remote', remote));
  if (status !== undefined) tests.push(statuses(status));
  if (id !== undefined) tests.push(beginsWith('id', id));
  if (options.decision !== undefined)
    tests.push((fields) => decisionOf(fields) === options.decision);
  const { since, until } = options;
  return {
    needles: needlesOf(options),
    since: since === undefined ? undefined : new Date(since).toISOString(),
    until: until === undefined ? undefined : new Date(until).toISOString(),
    matches: (fields) => tests.every((test) => test(fields)),
  };
}

/** What was decided: as the line says; before there were policies, by whether it was refused. */
export function decisionOf({ decision, end, event }: Fields): 'allow' | 'deny' | 'warn' {
  if (decision === 'allow' || decision === 'deny' || decision === 'warn') return decision;
  return end === 'refused' || event === 'peer-refused' ? 'deny' : 'allow';
}

/** Most selective first. A list of alternatives has no bytes in common. */
function needlesOf(options: FilterOptions): Buffer[] {
  const needles = [
    begin('id', options.id),
    bare(options.container?.map((name) => name.replace(/^\//, ''))),
    bare(options.image),
    whole('user', options.user),
    begin('remote', options.remote),
    literal('action', options.action),
    whole('effect', options.effect),
    whole('role', options.role),
    literal('event', options.event),
    number('status', options.status),
  ];
  return needles.filter((text) => text !== undefined).map((text) => Buffer.from(text));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

type List = readonly string[] | undefined;

function whole(field: string, values: List): string | undefined {
  const [value, more] = values ?? [];
  return value === undefined || more !== undefined ? undefined : `"${field}":${escaped(value)}`;
}

function begin(field: string, values: List): string | undefined {
  const [value, more] = values ?? [];
  if (value === undefined || more !== undefined) return undefined;
  return `"${field}":${escaped(value).slice(0, -1)}`;
}

/** The longest part of a glob that stands in every text which it fits. */
function literal(field: string, values: List): string | undefined {
  const [value, more] = values ?? [];
  if (value === undefined || more !== undefined) return undefined;
  const parts = escaped(value).slice(1, -1).split(/[*?]+/);
  const at = parts.reduce(
    (best, part, i) => (part.length > (parts[best] ?? '').length ? i : best),
    0,
  );
  const before = at === 0 ? `"${field}":"` : '';
  return before + (parts[at] ?? '') + (at === parts.length - 1 ? '"' : '');
}

function bare(values: List): string | undefined {
  const [value, more] = values ?? [];
  return value === undefined || more !== undefined ? undefined : escaped(value).slice(1, -1);
}

function number(field: string, values: List): string | undefined {
  const [value, more] = values ?? [];
  if (value === undefined || more !== undefined || !/^\d/.test(value)) return undefined;
  if (/^\d{3}$/.test(value)) return `"${field}":${value}`;
  return /^\dxx$/i.test(value) ? `"${field}":${value.slice(0, 1)}` : undefined;
}

/** As the writer writes it: JSON of printable ASCII. */
function escaped(value: string): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function oneOf(field: string, values: readonly string[]) {
  return (fields: Fields): boolean => values.includes(textOf(fields[field]));
}

function globs(field: string, values: readonly string[]) {
  const patterns = values.map(globPattern);
  return (fields: Fields): boolean => {
    const text = textOf(fields[field]);
    return patterns.some((pattern) => pattern.test(text));
  };
}

function beginsWith(field: string, values: readonly string[]) {
  return (fields: Fields): boolean => {
    const text = textOf(fields[field]);
    return values.some((value) => text.startsWith(value));
  };
}

function statuses(values: readonly string[]) {
  const tests = values.map((value) => {
    const test = statusTest(value);
    if (test !== undefined) return test;
    throw new CommandError(
      'USAGE',
      `--status ${value} is no HTTP status`,
      'write 403, 4xx, >=400 or 400-499',
    );
  });
  return ({ status }: Fields): boolean =>
    typeof status === 'number' && tests.some((test) => test(status));
}

interface Target {
  readonly kind?: unknown;
  readonly id?: unknown;
  readonly name?: unknown;
  readonly image?: unknown;
  readonly container?: unknown;
  readonly asked?: unknown;
}

/** What a call is about, as far as its line says so. */
export function targetOf({ target }: Fields): Target {
  return typeof target === 'object' && target !== null ? target : {};
}

function isContainer(fields: Fields) {
  const { kind, id, name, asked, container } = targetOf(fields);
  const isAbout = kind === 'container' || kind === 'exec';
  // Of a network, what is put on it.
  const named = isAbout ? listOf(name, asked) : listOf(detailOf(fields)['container']);
  const ids = isAbout ? listOf(id, container) : named;
  return (given: string): boolean => {
    const wanted = given.replace(/^\//, '');
    if (named.some((one) => one.replace(/^\//, '') === wanted)) return true;
    return /^[0-9a-f]{4,}$/.test(wanted) && ids.some((one) => one.startsWith(wanted));
  };
}

function isImage(fields: Fields) {
  const { kind, id, name, image, asked } = targetOf(fields);
  const images = [
    ...listOf(image, detailOf(fields)['image']),
    ...(kind === 'image' ? listOf(id, name, asked) : []),
  ];
  // Without a tag or a digest: any.
  return (wanted: string): boolean =>
    images.some(
      (one) =>
        one === wanted ||
        (one.startsWith(wanted) && /^(?::[\w.-]+)?(?:@.+)?$/.test(one.slice(wanted.length))),
    );
}

function detailOf({ detail }: Fields): Fields {
  return typeof detail === 'object' && detail !== null ? (detail as Fields) : {};
}

/** The texts among these, and in lists among these. */
function listOf(...values: readonly unknown[]): string[] {
  return values.flat().filter((value) => typeof value === 'string');
}
