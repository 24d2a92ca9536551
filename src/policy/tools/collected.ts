import type { Feature } from '../constraints/features.ts';
import type { ConstraintSettings } from '../constraints/settings.ts';
import type { Within } from './asked.ts';

type Name = keyof ConstraintSettings;

/** Constraints as they are found, call after call, and what could not be taken for certain. */
export class Collected {
  readonly #lists = new Map<Name, Set<string>>();
  readonly #flags = new Map<Name, unknown>();
  readonly #paths = new Map<string, boolean>();
  readonly #joins = new Set<string>();
  readonly #doubts = new Set<string>();
  /** Lists of which some value is not known: what is known would hold too much. */
  readonly #open = new Set<Name>();

  set(name: Name, value: unknown): void {
    this.#flags.set(name, value);
  }

  feature(name: Feature): void {
    this.each(name, 'features');
  }

  /** A word of a list; undefined is none. */
  each(value: unknown, list: Name): void {
    if (value === undefined) return;
    if (!isWhole(value)) {
      this.#doubts.add(`${list}: the trail does not show all that was asked for`);
      return;
    }
    const words = this.#lists.get(list);
    if (words === undefined) this.#lists.set(list, new Set([value]));
    else words.add(value);
  }

  /** A name: an id may be of another name. */
  name(value: unknown, list: Name): void {
    if (
      value === undefined ||
      (typeof value === 'string' && !isId(value) && !value.includes('@'))
    ) {
      this.each(value, list);
      return;
    }
    this.#open.add(list);
    if (list !== 'images') this.#doubts.add(`${list}: an id was used; a name is needed here`);
  }

  hostPath(path: unknown, isReadOnly: boolean): void {
    if (!isWhole(path)) this.each(path, 'host-paths');
    else this.#paths.set(path, (this.#paths.get(path) ?? true) && isReadOnly);
  }

  join(container: string | undefined): void {
    if (container === undefined || container === '') return;
    const name = container.replace(/^\//, '');
    if (isWhole(name) && !isId(name)) this.#joins.add(name);
    else this.#doubts.add('joins: an id was used; select that container here');
  }

  finish(): Within {
    const lists = [...this.#lists].filter(([list]) => list !== 'images' || !this.#open.has(list));
    const paths = [...this.#paths].map(([path, isReadOnly]) =>
      isReadOnly ? { path, 'read-only': true } : path,
    );
    return {
      constraints: {
        ...Object.fromEntries(this.#flags),
        ...Object.fromEntries(lists.map(([list, words]) => [list, [...words].sort()])),
        ...(paths.length > 0 && { 'host-paths': paths }),
        ...(this.#joins.size > 0 && { joins: { names: [...this.#joins].sort() } }),
      },
      doubts: [...this.#doubts],
    };
  }
}

function isId(text: string): boolean {
  return /^(?:sha256:)?[0-9a-f]{12,64}$/.test(text);
}

/** What was cut, masked or escaped on its way into the trail stands for itself no longer. */
function isWhole(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !/…|\*\*\*|\\/.test(value);
}
