import { isBodyAction } from '../docker-api/body/bodies.ts';
import type { Operation } from '../docker-api/operation.ts';

/** What of a configuration has to know the bodies of calls. */
export interface BodyNeeds {
  /** A policy decides by what a body says. */
  readonly policy: boolean;
  /** The trail tells what a body says. */
  readonly auditDetail: boolean;
}

/**
 * Whether the body of a call has to be read, and so to be held back until it is whole. In doubt it
 * has to: a policy sees every body that can be read, whatever its rules ask for. With neither
 * policy nor detail in the trail nothing is held back.
 */
export function needsBody({ action }: Pick<Operation, 'action'>, needs: BodyNeeds): boolean {
  return (needs.policy || needs.auditDetail) && isBodyAction(action);
}
