import type { Operation } from '../docker-api/operation.ts';
import { pinnedTarget } from '../docker-api/pin.ts';
import { CallError } from '../errors.ts';
import { answerTo, type AnsweredReference } from './answer.ts';
import { Answers } from './answers.ts';
import { pinnedTargetReference, unstable } from './pinned-reference.ts';
import { existingKind, type ReadView } from './references.ts';
import type { Resolver } from './resolver.ts';
import { rewriteBody } from './rewrite-body.ts';
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
  const answers = await askAll(lookUpFor(resolver, call.operation), asked);
  const target = pinTarget(call, answers);
  const rewritten =
    call.body && call.received && rewriteBody(call.received.body, call.body, answers);
  return {
    facts: asked.map(({ kind, ref }) => answerTo(kind, ref, answers.of(kind, ref))),
    target,
    rewritten,
  };
}

/** Objects that one call may be about: each is a question to the daemon, on a connection of ours. */
const MOST_ASKED = 256;
const ASKED_AT_ONCE = 8;

type LookUp = (kind: ObjectKind, ref: string) => Promise<Resolution<ObjectKind>>;

function lookUpFor(resolver: Resolver, { subject }: Operation): LookUp {
  return (kind, ref) =>
    kind === 'network' && subject.kind === 'service'
      ? resolver.resolveSwarmNetwork(ref)
      : resolver.resolve(kind, ref);
}

async function askAll(lookUp: LookUp, asked: readonly Asked[]): Promise<Answers> {
  if (asked.length > MOST_ASKED) throw tooMany(asked.length);
  const answers = new Answers();
  const next = asked.values();
  const askOn = async (): Promise<void> => {
    for (const { kind, ref } of next) {
      await answers.ask(kind, ref, () => lookUp(kind, ref));
    }
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, askOn));
  return answers;
}

function tooMany(count: number): CallError {
  return new CallError(
    'TARGET_INVALID',
    `refused: ${count} objects would have to be looked up for this call; ${MOST_ASKED} are the most`,
  );
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
