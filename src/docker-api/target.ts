import { CallError } from '../errors.ts';

/** A request target that the daemon can read in one way only. */
export interface Target {
  /** Canonical path, as it goes upstream and into the log: `/v1.41/images/a/b/json`. */
  readonly path: string;
  /** The decoded path without its version, as the daemon's router matches it. */
  readonly route: string;
  /** API version in the path, `1.41`; undefined where the path has none (the daemon's newest). */
  readonly version: string | undefined;
  /** Raw query without `?`, sent as it came; empty where there is none. */
  readonly query: string;
  /** True where a `/` of the route was written as `%2F`. */
  readonly encodedSlash: boolean;
}

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
const VERSION_SEGMENT = /^v[0-9.]+$/;
const VERSION = /^v([1-9][0-9]?\.(?:0|[1-9][0-9]?))$/;
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/;

/**
 * Reads the target of a request line as Go's net/http and gorilla/mux do (net/url `setPath`, mux
 * `cleanPath`): the path is decoded exactly once. Where the daemon would redirect, clean up, or
 * could read something else than we do, the target is refused instead of repaired.
 *
 * @param raw the target, as received: origin-form, visible ASCII.
 * @throws CallError `REQUEST_AMBIGUOUS` with the reason; the message never repeats the target.
 */
export function parseTarget(raw: string): Target {
  if (!raw.startsWith('/')) refuse('only the origin form (a path that starts with "/") is served');
  if (!VISIBLE_ASCII.test(raw)) refuse('the target holds a byte that is not visible ASCII');
  if (/[\\#]/.test(raw)) refuse('the target holds "\\" or "#"');

  const mark = raw.indexOf('?');
  const rawPath = mark < 0 ? raw : raw.slice(0, mark);
  const query = mark < 0 ? '' : raw.slice(mark + 1);
  checkQuery(query);

  const decoded = decodePath(rawPath);
  checkSegments(decoded);
  const { path, route, version } = splitVersion(decoded);
  // Field by field: spreading the three costs more than all the rest of the reading.
  return { path, route, version, query, encodedSlash: /%2f/i.test(rawPath) };
}

/** Go drops a pair with `;` or a bad escape and keeps the rest; others keep it. So: refused. */
function checkQuery(query: string): void {
  if (query.includes(';')) refuse('the query holds ";"');
  if (BAD_ESCAPE.test(query)) refuse('the query holds a bad percent escape');
}

function decodePath(rawPath: string): string {
  if (!rawPath.includes('%')) return rawPath;
  if (BAD_ESCAPE.test(rawPath)) refuse('the path holds a bad percent escape');
  return rawPath.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => {
    const byte = Number.parseInt(hex, 16);
    if (byte < 0x20 || byte > 0x7e)
      refuse('an escape in the path decodes to a byte that is not printable ASCII');
    const character = String.fromCharCode(byte);
    // A second decoding, by whoever comes next, must find nothing to do.
    if ('%\\#?'.includes(character)) refuse(`an escape in the path decodes to "${character}"`);
    return character;
  });
}

/** mux answers 301 wherever cleaning changes the path; nothing of ours may follow it there. */
function checkSegments(path: string): void {
  if (path.includes('//')) refuse('the path holds "//"');
  if (/\/\.{1,2}(?:\/|$)/.test(path)) refuse('the path holds a dot segment');
}

/**
 * The daemon takes any `/v` + `[0-9.]+` for a version and reads odd ones leniently
 * (middleware/version.go): only `MAJOR.MINOR` without leading zeros means the same to everyone.
 */
function splitVersion(path: string): Pick<Target, 'path' | 'route' | 'version'> {
  const end = path.indexOf('/', 1);
  const first = path.slice(1, end < 0 ? undefined : end);
  if (!VERSION_SEGMENT.test(first)) {
    return { path: encodePath(path), route: path, version: undefined };
  }
  const version = VERSION.exec(first)?.[1];
  if (version === undefined) refuse('the API version in the path is not of the form v1.41');
  return { path: encodePath(path), route: end < 0 ? '' : path.slice(end), version };
}

/** Escapes what Go's URL.EscapedPath escapes; decoding gives the same path again. */
export function encodePath(path: string): string {
  return path.replace(
    /[^A-Za-z0-9\-_.~$&+,/:;=@]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

function refuse(reason: string): never {
  throw new CallError('REQUEST_AMBIGUOUS', `refused: ${reason}`);
}
