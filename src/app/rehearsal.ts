import { decideWhole } from '../authorize/authorize.ts';
import type { Call } from '../authorize/follow-up.ts';
import { judgeFor, type Judge } from '../authorize/judge.ts';
import type { Operation } from '../docker-api/operation.ts';
import type { Caller, Decision, Policy } from '../policy/types.ts';
import { followHostPath } from './host-files.ts';

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
