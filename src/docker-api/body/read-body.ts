import { CallError } from '../../errors.ts';
import { readJson, type Reading } from '../json/read.ts';
import type { Type } from '../json/type.ts';
import { isBefore, type ApiVersion } from '../version.ts';
import { BODIES, type BodyAction, type BodyView } from './bodies.ts';
import { containerCreate } from './container.ts';

/** The daemon answers 400 where these come without a body. */
const REQUIRED: ReadonlySet<BodyAction> = new Set(['container.create', 'registry.login']);

/**
 * Reads the body of a call as the daemon decodes it, or refuses it.
 *
 * @param version API version in the path; undefined where it has none.
 * @param bytes the whole body; empty is allowed where the daemon allows it, and stands for null.
 * @returns the view, with the names of Go's JSON whatever the spelling in the document, and
 * the fields at the levels of structs that no daemon of that API version knows.
 * @throws CallError `REQUEST_AMBIGUOUS` where the daemon would refuse the body, or some daemon
 * might read it differently.
 */
export function readBody<A extends BodyAction>(
  action: A,
  version: ApiVersion | undefined,
  bytes: Uint8Array,
): Reading<BodyView<A>> {
  const type = typeOf(action, version) as Type<BodyView<A>>;
  const reading = readJson(bytes, type);
  if (reading !== undefined) return reading;
  if (!REQUIRED.has(action)) return { view: type.zero(), unknownFields: [] };
  throw new CallError('REQUEST_AMBIGUOUS', 'refused: this call needs a body');
}

/** Without a version the daemon's newest is meant, and that may be an old one. */
function typeOf(action: BodyAction, version: ApiVersion | undefined): Type<unknown, unknown> {
  const isNew = version !== undefined && !isBefore(version, 1, 52);
  return action === 'container.create' && isNew ? containerCreate : BODIES[action];
}
