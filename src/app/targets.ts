import { pageOver } from '../audit/page.ts';
import type { CallTrail } from '../audit/trail.ts';
import type { Action } from '../docker-api/effects.ts';
import type { CallTarget } from '../exchange.ts';
import { bareName, existingKind } from '../resolve/references.ts';
import type { Resolver } from '../resolve/resolver.ts';
import type { ObjectFacts } from '../resolve/types.ts';
import { soon } from './patience.ts';

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
 * Asks the daemon what a call is about while the call is on its way, for its lines in the trail. The call never
 * waits for the answer; its last line does, a little.
 *
 * @returns a page that does so from the call's intent on.
 */
export function describeTarget(page: CallTrail, resolver: Resolver): CallTrail {
  let action: Action | undefined;
  let isKnown = false;
  let asked: Promise<void> | undefined;
  const tell = (facts: ObjectFacts | undefined): void => {
    if (facts !== undefined) page.target(targetOf(facts));
    asked = undefined;
  };
  return pageOver(page, {
    target: (target) => {
      isKnown = true;
      page.target(target);
    },
    intend: (operation) => {
      ({ action } = operation);
      const kind = isKnown ? undefined : existingKind(operation);
      const [name] = operation.subject.names;
      if (kind === undefined || name === undefined) return page.intend(operation);
      const reference = bareName(kind, name);
      const known = resolver.known(kind, reference);
      if (known !== undefined) page.target(targetOf(known));
      const written = page.intend(operation);
      if (known === undefined) asked = resolver.describe(kind, reference).then(tell);
      return written;
    },
    close: (outcome) => {
      if (action !== undefined && MOVES_NAMES.has(action)) resolver.forgetAll();
      if (asked === undefined) {
        page.close(outcome);
        return;
      }
      page.answered(outcome);
      void soon(asked).then(() => {
        page.close(outcome);
      });
    },
  });
}

function targetOf(facts: ObjectFacts): CallTarget {
  const { kind } = facts;
  switch (facts.kind) {
    case 'container':
      return { kind, id: facts.id, name: facts.name, image: facts.image };
    case 'exec':
      return {
        ...{ kind, id: facts.id, container: facts.container.id },
        ...{ name: facts.container.name, image: facts.container.image },
      };
    case 'network':
      return { kind, id: facts.id, name: facts.name };
    case 'image':
      return { kind, id: facts.id, name: facts.tags[0] };
    case 'volume':
      return { kind, name: facts.name };
  }
}
