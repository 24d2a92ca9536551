import { CallError } from '../../errors.ts';

/** Where in a document something is: field names, map keys and indices from the top. */
export type Path = readonly (string | number)[];

/** A path as a JSON pointer (RFC 6901): `/HostConfig/Mounts/0/Source`; empty for the document. */
export function jsonPointer(path: Path): string {
  return path
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

/** Longest path that a refusal repeats, characters. */
const MAX_PATH = 120;

/**
 * Refuses a body that the daemon would refuse, or might read differently from us. The message says
 * where, never with which value: values are secrets more often than not.
 *
 * @throws CallError `REQUEST_AMBIGUOUS`, always.
 */
export function refuse(reason: string, path: Path = []): never {
  const where = jsonPointer(path)
    .replace(/[^\x21-\x7e]/g, '?')
    .slice(0, MAX_PATH);
  const suffix = where === '' ? '' : ` (at ${where})`;
  throw new CallError('REQUEST_AMBIGUOUS', `refused: the body ${reason}${suffix}`);
}
