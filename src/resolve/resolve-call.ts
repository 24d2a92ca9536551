import { replaceStrings, type Replacement } from '../docker-api/json/replace.ts';
import type { Operation } from '../docker-api/operation.ts';
import { pinnedTarget } from '../docker-api/pin.ts';
import { CallError } from '../errors.ts';
import { answerTo, type AnsweredReference } from './answer.ts';
import { pinnedBodyReference, pinnedTargetReference } from './pinned-reference.ts';
import { bareName, existingKind, referencesIn, type ReadView } from './references.ts';
import type { Resolver } from './resolver.ts';
import type { ObjectFacts, ObjectKind, Resolution } from './types.ts';

/** What of a call is resolved, and what goes upstream for it. */
export interface Resolvable {
  readonly operation: Operation;
  readonly upstream: { readonly target: string };
  readonly received?: { readonly body: Buffer };
  readonly body?: ReadView;
}

/** An object that somebody wants to know more of than how the call names it. */
export interface Asked {
  readonly kind: ObjectKind;
  /** A container's without its leading `/`. */
  readonly ref: string;
}

export interface Resolved {
  /** In the order of what was asked. */
  readonly facts: readonly AnsweredReference[];
  /** The target with the ids that the facts are about. */
  readonly target: string;
  /** The body with these ids; undefined where it is as it came, or was not read. */
  readonly rewritten: Buffer | undefined;
}

/**
 * Asks the daemon about objects that a call names, and writes the ids that it answers into the
 * call: whatever is called like that afterwards, the call is about what was asked about.
 *
 * @throws CallError `TARGET_UNKNOWN` where path or query name nothing that is there,
 * `TARGET_INVALID` where a name means several, where a container or network that the body names is
 * not there, and where a name could come to mean another; `TARGET_UNCLEAR`, `DAEMON_UNREACHABLE`
 * or `DAEMON_BROKE_OFF` where the daemon did not say.
 */
export async function resolveCall(
  resolver: Resolver,
  call: Resolvable,
  asked: readonly Asked[],
): Promise<Resolved> {
  const answers = new Answers();
  await Promise.all(
    asked.map(({ kind, ref }) => answers.ask(kind, ref, () => resolver.resolve(kind, ref))),
  );
  const target = pinTarget(call, answers);
  const rewritten = call.body && call.received && rewrite(call.received.body, call.body, answers);
  return {
    facts: asked.map(({ kind, ref }) => answerTo(kind, ref, answers.of(kind, ref))),
    target,
    rewritten,
  };
}

/** What the daemon said, by what it was asked. */
class Answers {
  readonly #asked = new Set<string>();
  readonly #byKey = new Map<string, Resolution<ObjectKind>>();

  /** Once for each object: of two answers, one would be decided on and the other sent. */
  async ask(
    kind: ObjectKind,
    ref: string,
    resolve: () => Promise<Resolution<ObjectKind>>,
  ): Promise<void> {
    const key = `${kind} ${ref}`;
    if (this.#asked.has(key)) return;
    this.#asked.add(key);
    this.#byKey.set(key, await resolve());
  }

  /** Undefined where nobody asked. */
  of(kind: ObjectKind, reference: string): Resolution<ObjectKind> | undefined {
    return this.#byKey.get(`${kind} ${bareName(kind, reference)}`);
  }
}

function pinTarget({ operation, upstream }: Resolvable, answers: Answers): string {
  const kind = existingKind(operation);
  if (kind === undefined) return upstream.target;
  const { names } = operation.subject;
  const pins = names.map((name) => {
    const facts = foundTarget(answers.of(kind, name));
    // A push goes by names alone, and without a tag it is about all of them.
    if (facts === undefined || operation.action === 'image.push') return undefined;
    return pinnedTargetReference(facts, name);
  });
  if (pins.every((pin) => pin === undefined)) return upstream.target;
  const [pin] = pins;
  const target = pin === undefined ? undefined : pinnedTarget(operation, pin);
  // Of several images in one query, one may be meant by the beginning of its id.
  if (target === undefined) throw unstable(kind, names.join(', '));
  return target;
}

function foundTarget(resolution: Resolution<ObjectKind> | undefined): ObjectFacts | undefined {
  if (resolution === undefined) return undefined;
  if ('found' in resolution) return resolution.found;
  const code = resolution.status === 404 ? 'TARGET_UNKNOWN' : 'TARGET_INVALID';
  throw new CallError(code, resolution.message);
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

function rewrite(bytes: Buffer, body: ReadView, answers: Answers): Buffer | undefined {
  const replacements: Replacement[] = [];
  const networks = new Set<string>();
  for (const { kind, reference, places, with: write } of referencesIn(body)) {
    const facts = foundInBody(kind, answers.of(kind, reference));
    if (facts === undefined) continue;
    // One network under two spellings could become one key twice.
    if (facts.kind === 'network' && networks.has(facts.id)) throw unstable(kind, reference);
    if (facts.kind === 'network') networks.add(facts.id);
    const pin = pinnedBodyReference(facts, reference);
    if (pin === undefined) continue;
    for (const { place, isKey } of places) replacements.push({ place, isKey, value: write(pin) });
  }
  if (replacements.length === 0) return undefined;
  return Buffer.from(replaceStrings(bytes.toString(), replacements));
}

function unstable(kind: string, reference: string): CallError {
  return new CallError(
    'TARGET_INVALID',
    `refused: ${kind} ${JSON.stringify(reference)} could come to mean another; give its name, or its whole id`,
  );
}
