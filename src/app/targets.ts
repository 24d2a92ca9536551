import { pageOver } from '../audit/page.ts';
import type { CallTrail } from '../audit/trail.ts';
import type { Action } from '../docker-api/effects.ts';
import type { Operation } from '../docker-api/operation.ts';
import type { CallTarget } from '../exchange.ts';
import { bareName, existingKind } from '../resolve/references.ts';
import type { Resolver } from '../resolve/resolver.ts';
import type { ObjectFacts } from '../resolve/types.ts';

/** After these an object is gone, is called otherwise, or has another's name. */
const MOVES_NAMES: ReadonlySet<Action> = new Set<Action>([
  'container.create',
  'container.rename',
  'container.remove',
  'container.prune',
  'network.create',
  'network.remove',
  'network.prune',
  'volume.remove',
  'volume.prune',
  'image.tag',
  'image.remove',
  'image.prune',
  'image.pull',
  'image.load',
  'image.import',
  'image.build',
  'image.commit',
]);

/**
 * Asks the daemon what a call is about while the call is on its way, for its last line in the trail.
 * Nothing waits for the answer: one that comes after the call's end is lost.
 *
 * @returns a page that does so from the call's intent on.
 */
export function describeTarget(page: CallTrail, resolver: Resolver): CallTrail {
  let operation: Operation | undefined;
  return pageOver(page, {
    intend: (intended) => {
      operation = intended;
      const written = page.intend(intended);
      void describe(page, resolver, intended);
      return written;
    },
    close: (outcome) => {
      if (operation !== undefined && MOVES_NAMES.has(operation.action)) resolver.forgetAll();
      page.close(outcome);
    },
  });
}

async function describe(page: CallTrail, resolver: Resolver, operation: Operation): Promise<void> {
  const kind = existingKind(operation);
  const [name] = operation.subject.names;
  if (kind === undefined || name === undefined) return;
  const facts = await resolver.describe(kind, bareName(kind, name));
  if (facts !== undefined) page.target(targetOf(facts));
}

function targetOf(facts: ObjectFacts): CallTarget {
  const { kind } = facts;
  switch (facts.kind) {
    case 'container':
      return { kind, id: facts.id, name: facts.name, image: facts.image };
    case 'exec':
      return { kind, id: facts.id, name: facts.container.name, image: facts.container.image };
    case 'network':
      return { kind, id: facts.id, name: facts.name };
    case 'image':
      return { kind, id: facts.id, name: facts.tags[0] };
    case 'volume':
      return { kind, name: facts.name };
  }
}
