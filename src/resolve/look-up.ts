import { CallError } from '../errors.ts';
import {
  readContainer,
  readExec,
  readImage,
  readMessage,
  readNetwork,
  readVolume,
  UnexpectedAnswer,
} from './read-facts.ts';
import type { Answer, Ask, FactsOf, ObjectFacts, ObjectKind, Resolution } from './types.ts';

/** Asks the daemon once what a reference stands for. */
export type Lookup<K extends ObjectKind> = (ask: Ask, reference: string) => Promise<Resolution<K>>;

export const LOOKUPS: { readonly [K in ObjectKind]: Lookup<K> } = {
  container: lookUp('container', (name) => `/containers/${name}/json`, readContainer),
  network: lookUp('network', (name) => `/networks/${name}`, readNetwork),
  image: lookUp('image', (name) => `/images/${name}/json`, readImage),
  volume: lookUp('volume', (name) => `/volumes/${name}`, readVolume),
  exec: lookUpExec,
};

/** @param target path and query to ask about an escaped name. */
export function lookUp<K extends ObjectKind>(
  kind: K,
  target: (name: string) => string,
  read: (text: string) => FactsOf<K>,
): Lookup<K> {
  return async (ask, reference) => {
    const escaped = escapeName(kind, reference);
    if (escaped === undefined) return nothing(kind, reference);
    const answer = await ask(target(escaped));
    if (answer.status !== 200) return refusal(kind, reference, answer);
    const found = reading(kind, reference, () => read(answer.body));
    checkWholeId(kind, reference, found);
    return { found };
  };
}

/** An exec is judged by the container that it runs in, whoever made it. */
async function lookUpExec(ask: Ask, reference: string): Promise<Resolution<'exec'>> {
  // The daemon takes whole ids only; anything else is no exec.
  if (!WHOLE_ID.test(reference)) return nothing('exec', reference);
  const answer = await ask(`/exec/${reference}/json`);
  if (answer.status !== 200) return refusal('exec', reference, answer);
  const { id, containerId } = reading('exec', reference, () => readExec(answer.body));
  if (id !== reference) throw unclear('exec', reference, 'the daemon spoke of another');
  const container = await LOOKUPS.container(ask, containerId);
  if (!('found' in container)) return container;
  return { found: { kind: 'exec', id, container: container.found } };
}

/**
 * Containers and networks may be named like the id of another, and once that one is gone the name is
 * what the daemon finds: what is meant by a whole id is that id or nothing.
 */
function checkWholeId(kind: ObjectKind, reference: string, facts: ObjectFacts): void {
  if (!WHOLE_ID.test(reference) || !('id' in facts) || kind === 'image') return;
  if (facts.id !== reference) throw unclear(kind, reference, 'the daemon spoke of another');
}

const WHOLE_ID = /^[0-9a-f]{64}$/;

/**
 * A name as a part of a path: `/` too is escaped, which the daemon reads alike. Undefined for what
 * cannot name anything, and for a name that would be another path.
 */
function escapeName(kind: ObjectKind, reference: string): string | undefined {
  const name = kind === 'container' ? reference.replace(/^\//, '') : reference;
  const segments = name.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return undefined;
  }
  return /\p{Surrogate}/u.test(name) ? undefined : encodeURIComponent(name);
}

/** What the daemon says of a name that it does not know, for one that it need not be asked about. */
function nothing(kind: ObjectKind, reference: string): { status: number; message: string } {
  return { status: 404, message: `No such ${kind}: ${reference}` };
}

function refusal(kind: ObjectKind, reference: string, { status, body }: Answer) {
  const message = readMessage(body) ?? `the daemon answered ${status}`;
  // 20.10 calls the beginning of several ids an error of its own.
  const isAmbiguous = status === 500 && /^multiple ids found/i.test(message);
  const isRefusal = (status >= 400 && status < 500) || isAmbiguous;
  if (!isRefusal) throw unclear(kind, reference, message);
  return { status, message };
}

function reading<T>(kind: ObjectKind, reference: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnexpectedAnswer) throw unclear(kind, reference, error.message);
    throw error;
  }
}

function unclear(kind: ObjectKind, reference: string, why: string): CallError {
  return new CallError(
    'TARGET_UNCLEAR',
    `what the daemon says of ${kind} ${JSON.stringify(reference)} cannot be understood: ${why}`,
  );
}
