import { replaceStrings, type Replacement } from '../docker-api/json/replace.ts';
import type { Operation } from '../docker-api/operation.ts';
import { pinnedTarget } from '../docker-api/pin.ts';
import { CallError } from '../errors.ts';
import { pinnedBodyReference, pinnedTargetReference } from './pinned-reference.ts';
import { existingKind, referencesIn, type BodyReference, type ReadView } from './references.ts';
import type { Resolver } from './resolver.ts';
import type { FactsOf, ObjectFacts, ObjectKind, Resolution } from './types.ts';

/** An object that a body names, and what the daemon says it is. */
export type Referenced = {
  readonly [K in BodyReference['kind']]: {
    readonly kind: K;
    /** As the body has it. */
    readonly reference: string;
    /** Undefined for a volume or image that is not there yet. */
    readonly facts: FactsOf<K> | undefined;
  };
}[BodyReference['kind']];

/** What the daemon says a call is about. */
export interface CallFacts {
  /** The objects that path and query name, in the order of the subject's names. */
  readonly targets: readonly ObjectFacts[];
  /** The objects that the body names. */
  readonly referenced: readonly Referenced[];
}

/** What of a call is resolved, and what goes upstream for it. */
export interface Resolvable {
  readonly operation: Operation;
  readonly upstream: { readonly target: string };
  readonly received?: { readonly body: Buffer };
  readonly body?: ReadView;
}

export interface Resolved {
  readonly facts: CallFacts;
  /** The target with the ids that the facts are about. */
  readonly target: string;
  /** The body with these ids; undefined where it is as it came, or was not read. */
  readonly rewritten: Buffer | undefined;
}

/**
 * Asks the daemon what a call is about, and writes the ids that it answers into the call: whatever
 * is called like that afterwards, the call is about what was decided on.
 *
 * @throws CallError `TARGET_UNKNOWN` where the call names nothing that is there, `TARGET_INVALID`
 * where it names several, or a way in which it could come to mean another; `TARGET_UNCLEAR`,
 * `DAEMON_UNREACHABLE` or `DAEMON_BROKE_OFF` where the daemon did not say.
 */
export async function resolveCall(resolver: Resolver, call: Resolvable): Promise<Resolved> {
  const { operation, body, received } = call;
  const kind = existingKind(operation);
  const references = body === undefined ? [] : referencesIn(body);
  const [targets, referenced] = await Promise.all([
    kind === undefined ? [] : resolveTargets(resolver, kind, operation),
    Promise.all(references.map((reference) => resolveReference(resolver, reference))),
  ]);
  return {
    facts: { targets, referenced },
    target: pinTarget(call, targets),
    rewritten: received && rewrite(received.body, references, referenced),
  };
}

function resolveTargets(
  resolver: Resolver,
  kind: ObjectKind,
  { subject }: Operation,
): Promise<ObjectFacts[]> {
  return Promise.all(
    subject.names.map(async (name): Promise<ObjectFacts> => {
      const resolution: Resolution<ObjectKind> = await resolver.resolve(kind, name);
      if ('found' in resolution) return resolution.found;
      const isUnknown = resolution.status === 404;
      throw new CallError(isUnknown ? 'TARGET_UNKNOWN' : 'TARGET_INVALID', resolution.message);
    }),
  );
}

async function resolveReference(
  resolver: Resolver,
  { kind, reference }: BodyReference,
): Promise<Referenced> {
  const resolution: Resolution<typeof kind> = await resolver.resolve(kind, reference);
  if ('found' in resolution) return { kind, reference, facts: resolution.found } as Referenced;
  // A create makes missing volumes, and is answered by the daemon where the image is missing.
  const mayBeMissing = kind === 'volume' || kind === 'image';
  if (mayBeMissing && resolution.status === 404) return { kind, reference, facts: undefined };
  // Not as 404: to a client that means a missing image, which it then pulls.
  throw new CallError('TARGET_INVALID', resolution.message);
}

function pinTarget({ operation, upstream }: Resolvable, targets: readonly ObjectFacts[]): string {
  const { subject } = operation;
  const pins = targets.map((facts, at) => pinnedTargetReference(facts, subject.names[at] ?? ''));
  if (pins.every((pin) => pin === undefined)) return upstream.target;
  const [pin] = pins;
  const target = pin === undefined ? undefined : pinnedTarget(operation, pin);
  // Of several images in one query, one may be meant by the beginning of its id.
  if (target === undefined) throw unstable(subject.kind, subject.names.join(', '));
  return target;
}

function rewrite(
  body: Buffer,
  references: readonly BodyReference[],
  referenced: readonly Referenced[],
): Buffer | undefined {
  const replacements: Replacement[] = [];
  for (const [at, { kind, reference, places, with: write }] of references.entries()) {
    const facts = referenced[at]?.facts;
    const pin = facts && pinnedBodyReference(facts, reference);
    if (pin === undefined) continue;
    // One network under two spellings would become one key twice.
    const again = referenced.some(
      (other, index) => index !== at && other.facts?.kind === 'network' && other.facts.id === pin,
    );
    if (again || places.length === 0) throw unstable(kind, reference);
    for (const { place, isKey } of places) replacements.push({ place, isKey, value: write(pin) });
  }
  if (replacements.length === 0) return undefined;
  return Buffer.from(replaceStrings(body.toString(), replacements));
}

function unstable(kind: string, reference: string): CallError {
  return new CallError(
    'TARGET_INVALID',
    `refused: ${kind} ${JSON.stringify(reference)} could come to mean another; give its name, or its whole id`,
  );
}
