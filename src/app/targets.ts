import { PageOver } from '../audit/page.ts';
import type { CallTrail } from '../audit/trail.ts';
import type { Action } from '../docker-api/effects.ts';
import type { Operation } from '../docker-api/operation.ts';
import type { CallTarget, Outcome } from '../exchange.ts';
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
  return new DescribedPage(page, resolver);
}

class DescribedPage extends PageOver {
  readonly #resolver: Resolver;
  #action: Action | undefined;
  #isKnown = false;
  #asked: Promise<void> | undefined;

  constructor(page: CallTrail, resolver: Resolver) {
    super(page);
    this.#resolver = resolver;
  }

  override target(target: CallTarget): void {
    this.#isKnown = true;
    this.page.target(target);
  }

  override intend(operation: Operation): Promise<void> | undefined {
    this.#action = operation.action;
    const kind = this.#isKnown ? undefined : existingKind(operation);
    const [name] = operation.subject.names;
    if (kind === undefined || name === undefined) return this.page.intend(operation);
    const reference = bareName(kind, name);
    const known = this.#resolver.known(kind, reference);
    if (known !== undefined) this.page.target(targetOf(known));
    const written = this.page.intend(operation);
    if (known === undefined) {
      this.#asked = this.#resolver.describe(kind, reference).then((facts) => {
        this.#tell(facts);
      });
    }
    return written;
  }

  override close(outcome: Outcome): void {
    if (this.#action !== undefined && MOVES_NAMES.has(this.#action)) this.#resolver.forgetAll();
    if (this.#asked === undefined) {
      this.page.close(outcome);
      return;
    }
    this.page.answered(outcome);
    void soon(this.#asked).then(() => {
      this.page.close(outcome);
    });
  }

  #tell(facts: ObjectFacts | undefined): void {
    if (facts !== undefined) this.page.target(targetOf(facts));
    this.#asked = undefined;
  }
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
