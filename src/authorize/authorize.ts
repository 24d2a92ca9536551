import { boolValue } from '../docker-api/form.ts';
import type { Operation } from '../docker-api/operation.ts';
import { CallError } from '../errors.ts';
import type { Verdict } from '../exchange.ts';
import { refusalText } from '../policy/refusal.ts';
import type { Allowed, Decision, Narrowing, Refused, TargetFacts } from '../policy/types.ts';
import type { WithBody } from '../understand/body.ts';
import { followUp, type Call } from './follow-up.ts';
import type { Judge } from './judge.ts';
import { narrowedTarget } from './narrow.ts';

/** A call of which is known what it is about, as far as somebody needed to know. */
export interface ResolvedCall extends WithBody {
  readonly facts?: readonly TargetFacts[];
}

/**
 * Lets a call pass as the policy says, or refuses it. What the policy does not allow is refused.
 *
 * @param note hears the verdict before anything is thrown.
 * @returns the call as it goes upstream: where the caller may see a part only, with the filters that
 * show this part.
 * @throws CallError `POLICY_REFUSED` with the policy's words.
 */
export function authorize(
  judge: Judge,
  call: ResolvedCall,
  note: (verdict: Verdict) => void,
): WithBody {
  const refuse = (refusal: Refused): never => {
    const { rule, role, reason } = refusal;
    // Who has no role here may have one in the certificate, which the trail is to show.
    note({ decision: 'deny', rule, reason, ...(role !== undefined && { role }) });
    throw new CallError('POLICY_REFUSED', refusalText(refusal));
  };
  const { operation, body, facts } = call;
  checkLink(operation, facts);
  const decision = decideWhole(judge, { operation, body, facts });
  if (!decision.allow) return refuse(decision);
  const narrowing = judge.narrow();
  if (narrowing.kind === 'refuse') return refuse({ ...decision, ...narrowing, allow: false });
  note(verdictOf(decision, narrowing));
  if (narrowing.kind === 'as-is') return call;
  const target = narrowedTarget(operation, call.upstream.target, narrowing.filters);
  return { ...call, upstream: { ...call.upstream, target } };
}

function verdictOf({ rule, role, warned }: Allowed, narrowing: Narrowing): Verdict {
  const reason = warned ?? (narrowing.kind === 'as-is' ? narrowing.warned : undefined);
  return { decision: reason === undefined ? 'allow' : 'warn', rule, role, reason };
}

/**
 * Judges a call, and what it leads to for certain: a client shows no more than a status where an
 * attach or the start of an exec is refused, so that is refused before, where the reason can be read.
 */
export function decideWhole(judge: Judge, call: Call): Decision {
  const decision = judge.decide({ body: call.body, facts: call.facts });
  const next = decision.allow ? followUp(call) : undefined;
  if (next === undefined) return decision;
  const later = judge.decide(next);
  return later.allow ? decision : later;
}

/** `DELETE …?link=1` takes off a name, not the container of that name: an id means something else. */
function checkLink(operation: Operation, facts: readonly TargetFacts[] | undefined): void {
  if (operation.action !== 'container.remove' || facts === undefined || facts.length === 0) return;
  if (!boolValue(operation.query, 'link')) return;
  throw new CallError('POLICY_REFUSED', 'refused by policy: removing a link cannot be judged');
}
