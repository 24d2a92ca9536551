import { readWaitResult } from '../docker-api/exit.ts';
import type { Action } from '../docker-api/effects.ts';
import { isObject, isString, readJsonValue } from '../docker-api/json/value.ts';
import type { Outcome } from '../exchange.ts';
import type { Detail } from './detail/values.ts';
import { safeText } from './text.ts';

/** What the daemon's answer says of what a call made, or waited for. */
export interface Made {
  /** Id of the object that the call is about. */
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly detail?: Detail | undefined;
  readonly exitCode?: number | undefined;
}

/** Answers are small: an id, or an exit code, and warnings. */
const MOST_BYTES = 64 * 1024;

type Read = (fields: (name: string) => string | undefined) => Made;

/** By action: where the answer has the id. */
const READ: Readonly<Partial<Record<Action, Read>>> = {
  'container.create': (field) => ({ id: field('Id') }),
  'network.create': (field) => ({ id: field('Id') }),
  'volume.create': (field) => ({ name: field('Name') }),
  'service.create': (field) => ({ id: field('ID') }),
  'secret.create': (field) => ({ id: field('ID') }),
  'config.create': (field) => ({ id: field('ID') }),
  // These are about a container, and make something else.
  'exec.create': (field) => ({ detail: { exec: field('Id') } }),
  'image.commit': (field) => ({ detail: { made: field('Id') } }),
};

/** How much of the answer to such a call the trail wants to see, in bytes; undefined: nothing. */
export function wantedAnswer(action: Action): number | undefined {
  return action in READ || action === 'container.wait' ? MOST_BYTES : undefined;
}

/** @returns nothing where the answer does not plainly say it: nothing is guessed. */
export function readMade(action: Action, { status, answer }: Outcome): Made {
  if (answer === undefined || status < 200 || status > 299) return {};
  if (action === 'container.wait') return { exitCode: readWaitResult(answer)?.exitCode };
  const fields = readJsonValue(answer.toString());
  if (!isObject(fields)) return {};
  const made = READ[action]?.((name) => {
    const value = fields.get(name);
    return isString(value ?? null) ? safeText(value as string) : undefined;
  });
  return made ?? {};
}
