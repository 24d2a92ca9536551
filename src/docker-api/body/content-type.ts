import { CallError } from '../../errors.ts';
import type { BodyAction } from './bodies.ts';

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = `;\\s*(${TOKEN})=(?:${TOKEN}|"[\\t !#-\\[\\]-~]*")\\s*`;
const JSON_TYPE = new RegExp(`^\\s*application/json\\s*((?:${PARAMETER})*)(?:;\\s*)?$`, 'i');

/**
 * Checks the Content-Type of a body that is to be read, as the daemon does (moby
 * daemon/server/httputils CheckForJSON, Go mime.ParseMediaType): exactly application/json, whose
 * parameters mean nothing but have to be well formed. It may be missing where Content-Length says
 * that there is no body. At a login and a start the daemon does not look at the type.
 *
 * @param type the header's value; undefined where it is missing.
 * @param length Content-Length, 0 where there is no body at all; undefined where it is chunked.
 * @throws CallError `REQUEST_MALFORMED`.
 */
export function checkContentType(
  action: BodyAction,
  type: string | undefined,
  length: number | undefined,
): void {
  if (action === 'registry.login' || action === 'container.start') return;
  if ((type === undefined || type === '') && length === 0) return;
  const parameters = JSON_TYPE.exec(type ?? '')?.[1];
  if (parameters === undefined || hasTwice(parameters)) {
    throw new CallError(
      'REQUEST_MALFORMED',
      'refused: the body of this call has to come with "Content-Type: application/json"',
    );
  }
}

/** Go refuses a parameter that comes twice, and pieces `name*0` together. */
function hasTwice(parameters: string): boolean {
  const names = [...parameters.matchAll(new RegExp(PARAMETER, 'g'))].map(([, name = '']) =>
    name.toLowerCase(),
  );
  return new Set(names).size < names.length || names.some((name) => name.includes('*'));
}
