import { CallError } from '../errors.ts';
import type { ImageFacts, ObjectFacts, ObjectKind } from './types.ts';

/** What could be the beginning of an id as well as a name. */
const HEX = /^[0-9a-f]+$/;

/**
 * The reference in path or query that means the object which was found, and can never come to mean
 * another: the full id of a container, exec or network. An image goes by the name that it was
 * given, because to remove or push an id is another thing: only a name that could be an id gets its
 * tag, and the beginning of an id its end. A volume has a name and nothing else.
 *
 * @param reference by which the object was found.
 * @returns undefined where the reference does that already.
 */
export function pinnedTargetReference(facts: ObjectFacts, reference: string): string | undefined {
  switch (facts.kind) {
    case 'container':
    case 'exec':
    case 'network':
      return differing(facts.id, reference);
    case 'image':
      return pinnedImage(facts, reference);
    case 'volume':
      return undefined;
  }
}

/**
 * The same for a reference in a body. There a network goes by its name, which is what the daemon
 * remembers and shows, unless the name could be an id.
 */
export function pinnedBodyReference(facts: ObjectFacts, reference: string): string | undefined {
  const isName = facts.kind === 'network' && facts.name === reference && !HEX.test(reference);
  return isName ? undefined : pinnedTargetReference(facts, reference);
}

/**
 * What stands for something that is not there, so that it cannot come to mean something else: an
 * image whose name could be (the beginning of) an id gets its tag.
 */
export function pinnedMissingReference(kind: ObjectKind, reference: string): string | undefined {
  return kind === 'image' && HEX.test(reference) ? `${reference}:latest` : undefined;
}

/** For a name that nothing stands for which stays what was looked at. */
export function unstable(kind: ObjectKind, reference: string): CallError {
  return new CallError(
    'TARGET_INVALID',
    `refused: ${kind} ${JSON.stringify(reference)} could come to mean another; give its name, or its whole id`,
  );
}

function pinnedImage(facts: ImageFacts, reference: string): string | undefined {
  const bare = reference.replace(/^sha256:/, '');
  // All else has a tag, a digest or a letter that no id has.
  if (!HEX.test(bare)) return undefined;
  return isImageName(facts, reference) ? `${reference}:latest` : differing(facts.id, reference);
}

/** Whether an image was found by one of its names, and not by (the beginning of) its id. */
export function isImageName({ tags }: ImageFacts, reference: string): boolean {
  // The daemon looks for a name first; such a short one is familiar as it is.
  return tags.includes(`${reference}:latest`);
}

function differing(id: string, reference: string): string | undefined {
  return id === reference ? undefined : id;
}
