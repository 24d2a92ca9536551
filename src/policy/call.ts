import { objectsOf, type CallObject } from './objects.ts';
import { nameOf, type FactsOf } from './selectors.ts';
import type { Question } from './types.ts';

/** A call that is judged, with what it names: found out once, and only if somebody asks. */
export class Call {
  readonly question: Omit<Question, 'caller'>;
  #objects: readonly CallObject[] | undefined;

  constructor(question: Omit<Question, 'caller'>) {
    this.question = question;
  }

  get objects(): readonly CallObject[] {
    return (this.#objects ??= objectsOf(this.question.operation, this.question.body));
  }

  /** What the daemon says of an object; undefined where nobody asked it. */
  readonly factsOf: FactsOf = ({ kind, ref }) =>
    this.question.facts?.find((facts) => facts.kind === kind && facts.ref === ref);

  /** The name of the first object; undefined where it is not known, or there is none. */
  get firstName(): string | undefined {
    return nameOf(this.objects[0], this.factsOf);
  }

  /** The name of the only object; undefined where it is not known, or there are several. */
  get onlyName(): string | undefined {
    return this.objects.length === 1 ? this.firstName : undefined;
  }
}
