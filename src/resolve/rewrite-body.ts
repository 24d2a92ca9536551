import { replaceStrings, type Replacement } from '../docker-api/json/replace.ts';
import { CallError } from '../errors.ts';
import type { Answers } from './answers.ts';
import {
  pinnedBodyReference,
  pinnedMissingReference,
  pinnedTargetReference,
  unstable,
} from './pinned-reference.ts';
import { referencesIn, type BodyReference, type ReadView } from './references.ts';
import type { ObjectFacts, ObjectKind, Resolution } from './types.ts';

/**
 * A body in which stands what the answers are about, in such words that it stays that.
 *
 * @param bytes as it was read.
 * @returns undefined where it is that already.
 * @throws CallError `TARGET_INVALID` where a container or network that it names is not there, and
 * where a name could come to mean another.
 */
export function rewriteBody(bytes: Buffer, body: ReadView, answers: Answers): Buffer | undefined {
  const replacements: Replacement[] = [];
  const networks = new Set<string>();
  for (const named of referencesIn(body)) {
    const { kind, reference, places, with: write } = named;
    const facts = foundInBody(kind, answers.of(kind, reference));
    // One network under two spellings could become one key twice; a service has no such keys.
    const isKeyed = facts?.kind === 'network' && named.goesById !== true;
    if (isKeyed && networks.has(facts.id)) throw unstable(kind, reference);
    if (isKeyed) networks.add(facts.id);
    const pin = facts ? pinOf(facts, named) : missing(named, answers);
    if (pin === undefined) continue;
    for (const { place, isKey } of places) replacements.push({ place, isKey, value: write(pin) });
  }
  const user = userOf(body, answers);
  if (user === undefined && replacements.length === 0) return undefined;
  return Buffer.from(written(bytes.toString(), replacements, user));
}

/** A create makes missing volumes, and is answered by the daemon where the image is missing. */
const MAY_BE_MISSING: ReadonlySet<ObjectKind> = new Set<ObjectKind>(['volume', 'image']);

function foundInBody(
  kind: ObjectKind,
  resolution: Resolution<ObjectKind> | undefined,
): ObjectFacts | undefined {
  if (resolution === undefined) return undefined;
  if ('found' in resolution) return resolution.found;
  if (resolution.status === 404 && MAY_BE_MISSING.has(kind)) return undefined;
  // Not as 404: to a client of a create that means a missing image, which it then pulls.
  throw new CallError('TARGET_INVALID', resolution.message);
}

function pinOf(facts: ObjectFacts, { reference, goesById }: BodyReference): string | undefined {
  return goesById === true
    ? pinnedTargetReference(facts, reference)
    : pinnedBodyReference(facts, reference);
}

function missing({ kind, reference }: BodyReference, answers: Answers): string | undefined {
  const isAsked = answers.of(kind, reference) !== undefined;
  return isAsked ? pinnedMissingReference(kind, reference) : undefined;
}

/** The image's user that was looked at, and in what form the create names nobody. */
interface ImageUser {
  readonly user: string;
  readonly isEmptyText: boolean;
}

/**
 * Whose user a new container gets, where it names none: that of the image. The image goes up by its
 * name, which may lead to another by then, so its user does too; the daemon would write in the same.
 */
function userOf(body: ReadView, answers: Answers): ImageUser | undefined {
  if (body.action !== 'container.create') return undefined;
  const { User, Image = '' } = body.view;
  if ((User ?? '') !== '') return undefined;
  const resolution = answers.of('image', Image);
  const facts = resolution !== undefined && 'found' in resolution ? resolution.found : undefined;
  if (facts?.kind !== 'image' || facts.user === '') return undefined;
  return { user: facts.user, isEmptyText: User !== undefined };
}

function written(
  text: string,
  replacements: readonly Replacement[],
  image: ImageUser | undefined,
): string {
  if (image === undefined) return replaceStrings(text, replacements);
  const { user, isEmptyText } = image;
  const inPlace = { place: ['User'], isKey: false, value: user };
  if (isEmptyText) return replaceStrings(text, [...replacements, inPlace]);
  // A null behind it changes nothing: encoding/json leaves a string as it is.
  return replaceStrings(text, replacements).replace('{', () => `{"User":${JSON.stringify(user)},`);
}
