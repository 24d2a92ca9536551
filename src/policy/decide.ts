import type { Operation } from '../docker-api/operation.ts';
import { Call } from './call.ts';
import { violations } from './constraints/inspect.ts';
import { heldGrants, narrowed } from './narrow-for.ts';
import { isCollective } from './narrow.ts';
import { asMiss, forbidden, notSelected, refused, type Miss } from './refusal.ts';
import type { Role } from './roles.ts';
import { canSelect, selectedBy, type Grant, type Rule } from './rules.ts';
import { selectsAll, selectsAny } from './selectors.ts';
import type { Decision, Question, Refused } from './types.ts';

/**
 * Judges a call: an explicit denial wins, then any grant of any role will do, and what nothing
 * allows is refused. A role that merely warns lets its own refusals pass, and what is not
 * understood not even then.
 *
 * @param roles of the caller; none allows nothing.
 */
export function decideFor(roles: readonly Role[], question: Question): Decision {
  const { action } = question.operation;
  const call = new Call(question);
  let warned: Refused | undefined;
  for (const role of roles) {
    const rules = role.deny.near(action, () => call.onlyName);
    const denial = rules.find((rule) => denies(rule, call));
    if (denial === undefined) continue;
    const refusal = forbidden(role, denial, action);
    if (!role.warnsOnly) return refusal;
    warned ??= refusal;
  }
  const outcome = grantOf(roles, call);
  if ('rule' in outcome) {
    const { rule, role } = outcome;
    return warned === undefined
      ? { allow: true, rule, role }
      : { allow: true, rule, role, warned: warned.reason };
  }
  const refusal = refused(roles, question.caller.user, action, outcome.closest);
  const lenient = action === 'unknown' ? undefined : roles.find((role) => role.warnsOnly);
  if (lenient === undefined) return refusal;
  return { allow: true, rule: 'mode: warn', role: lenient.name, warned: refusal.reason };
}

/** A list cannot be held to what a denial leaves of it, so all of it is denied. */
function denies({ selectors }: Rule, call: Call): boolean {
  if (selectors === undefined) return true;
  const { action } = call.question.operation;
  if (!isCollective(action)) return selectsAny(selectors, call.objects, call.factsOf);
  const isOfEveryKind = action === 'system.events' || selectedBy(action).length === 0;
  return isOfEveryKind || canSelect(selectors, action);
}

type Outcome =
  { readonly rule: string; readonly role: string } | { readonly closest: Miss | undefined };

function grantOf(roles: readonly Role[], call: Call): Outcome {
  const { operation } = call.question;
  const { action } = operation;
  let closest: Miss | undefined;
  for (const role of roles) {
    if (action === 'unknown' && role.mayAnything) return { rule: 'preset admin', role: role.name };
    for (const grant of role.allow.near(action, () => call.firstName)) {
      if (!isSelected(grant, call)) {
        closest ??= notSelected(role, grant, action, call.objects);
        continue;
      }
      const miss = violationOf(role, grant, call);
      if (miss === undefined) return { rule: grant.label, role: role.name };
      // What fails by its constraints alone is nearer than what is about other objects.
      closest = miss;
    }
    // None of many is about an object of that name: any of them tells what it would take.
    const [any] = role.allow.get(action);
    if (any !== undefined) closest ??= notSelected(role, any, action, call.objects);
  }
  return isCollective(action) ? narrowly(roles, operation, closest) : { closest };
}

/** Whether a grant is about a call. A list is not: narrowly() sees to what is selected of it. */
function isSelected({ selectors }: Grant, call: Call): boolean {
  if (selectors === undefined) return true;
  if (isCollective(call.question.operation.action)) return false;
  return selectsAll(selectors, call.objects, call.factsOf);
}

/** What a call asks for and the constraints of a grant do not allow; undefined for nothing. */
function violationOf(role: Role, grant: Grant, call: Call): Miss | undefined {
  if (grant.constraints === undefined) return undefined;
  const { operation, body, resolveHostPath = SEES_NOTHING } = call.question;
  const { factsOf } = call;
  const found = violations(grant.constraints, { operation, body, factsOf, resolveHostPath });
  return asMiss(role, grant, found);
}

const SEES_NOTHING = (): undefined => undefined;

/** A list under selectors is allowed where the daemon can be asked for less. */
function narrowly(
  roles: readonly Role[],
  operation: Operation,
  closest: Miss | undefined,
): Outcome {
  const held = heldGrants(roles, operation);
  const [first] = held;
  if (first === undefined) return { closest };
  const result = narrowed(held, operation);
  if ('filters' in result) return { rule: first.grant.label, role: first.role.name };
  const what = `it cannot be held to what the role selects: ${result.because}`;
  return { closest: { ...first, what, needed: 'a rule without selectors, or other selectors' } };
}
