import { mayBeImageId, readImageName, registryOf, type ImageName } from '../image-pattern.ts';
import { matchesAny } from '../glob.ts';
import { tagged } from '../selectors.ts';
import { inConstraints, quoted, shortened } from './common.ts';
import { report, type At } from './inspection.ts';

/** An image that is to be run or mounted, by name or by id. */
export function checkImage(reference: string, at: At): void {
  const { images, registries } = at.on.constraints;
  if (images === undefined && registries === undefined) return;
  const names = namesOf(reference, at);
  if (names === undefined) unseen(reference, at);
  else for (const name of names) checkName(name, at);
}

/** Every name that counts. An image given by its id has to be allowed by all of its names. */
function namesOf(reference: string, { on }: At): readonly ImageName[] | undefined {
  const facts = mayBeImageId(reference) ? on.factsOf({ kind: 'image', ref: reference }) : undefined;
  if (mayBeImageId(reference) && facts?.missing !== true) {
    const names = facts?.names?.map(readImageName) ?? [];
    const isSeen = names.length > 0 && names.every((name) => name !== undefined);
    return isSeen ? names : undefined;
  }
  // No name of anything, and no id that is there now: it may be one a moment later.
  if (reference.startsWith('sha256:')) return undefined;
  const name = readImageName(reference);
  return name && [tagged(name)];
}

/** An image by its name: one that is to be pulled, pushed or given. */
export function checkImageName(reference: string, at: At): void {
  const { images, registries } = at.on.constraints;
  if (images === undefined && registries === undefined) return;
  const name = readImageName(reference);
  if (name === undefined) report(at, `${quoted(reference)} is no name of an image`, 'such a name');
  else checkName(name, at);
}

function checkName(name: ImageName, at: At): void {
  checkPatterns(name, at);
  checkRegistry(registryOf(name), at);
}

function checkPatterns(name: ImageName, at: At): void {
  const { images } = at.on.constraints;
  if (images === undefined || images.some((pattern) => pattern.matches(name))) return;
  const text = shortened(referenceOf(name));
  // No pattern has a digest: what names the repository alone means all of them.
  const pattern = name.digest === undefined ? text : shortened(name.repository);
  report(at, `the image ${quoted(text)} is not allowed`, inConstraints('images', pattern));
}

/** An image that gets another name: under that it may be run. No registry hears of it. */
export function checkTagged(reference: string, at: At): void {
  if (at.on.constraints.images === undefined) return;
  const names = namesOf(reference, at);
  if (names === undefined) unseen(reference, at);
  else for (const name of names) checkPatterns(name, at);
}

function unseen(reference: string, at: At): void {
  report(at, `which image ${quoted(reference)} is cannot be seen`, 'an image given by its name');
}

/** A host that the daemon would call. */
export function checkRegistry(host: string, at: At): void {
  const { registries } = at.on.constraints;
  if (registries === undefined || matchesAny(registries, host)) return;
  const needed = inConstraints('registries', shortened(host));
  report(at, `the registry ${quoted(host)} is not allowed`, needed);
}

function referenceOf({ repository, tag, digest }: ImageName): string {
  return `${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}
