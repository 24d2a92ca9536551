import { decideWhole } from '../authorize/authorize.ts';
import type { Call } from '../authorize/follow-up.ts';
import { judgeFor, type Judge } from '../authorize/judge.ts';
import { readOperation, type Operation } from '../docker-api/operation.ts';
import { asPage, pageOf } from '../monitor/pages.ts';
import { requireInView, viewTarget } from '../monitor/view.ts';
import type { Caller, Decision, Policy } from '../policy/types.ts';
import { followHostPath } from './host-files.ts';

/** A call as one of the gate's listeners would read it. */
export interface ReadCall {
  readonly operation: Operation;
  /** What of the listener of `--metrics` it is; undefined for a call to the gate itself. */
  readonly watching: 'page' | 'view' | undefined;
}

/**
 * Reads a method and target as the gate does: what only the listener of `--metrics` has is read as there.
 *
 * @throws CallError `REQUEST_AMBIGUOUS`; `NOT_IN_VIEW` for what the read-only view does not show.
 */
export function readCall(method: string, target: string): ReadCall {
  const inView = viewTarget(target);
  if (inView !== undefined) {
    const operation = readOperation(method, inView);
    requireInView(operation);
    return { operation, watching: 'view' };
  }
  const operation = readOperation(method, target);
  const page = method === 'GET' ? pageOf(target) : undefined;
  return page === undefined
    ? { operation, watching: undefined }
    : { operation: asPage(operation, page), watching: 'page' };
}

/** A call that nobody makes, before the judge that a served one has. */
export interface Rehearsal extends Pick<Judge, 'needs' | 'references' | 'narrow'> {
  /** What the gate would say: of the call, and of what it leads to. */
  decide(call: Call): Decision;
}

/** Judges a call as the gate does; paths of the host are followed on the host that this runs on. */
export function rehearse(policy: Policy, caller: Caller, operation: Operation): Rehearsal {
  const resolveHostPath = (path: string): string | undefined => followHostPath('', path);
  const judge = judgeFor({ policy, resolveHostPath }, caller, operation);
  return {
    needs: judge.needs,
    references: (body) => judge.references(body),
    narrow: () => judge.narrow(),
    decide: (call) => decideWhole(judge, call),
  };
}
