import type { Operation } from '../docker-api/operation.ts';
import { violations } from './constraints/inspect.ts';
import { heldGrants, narrowed } from './narrow-for.ts';
import { isCollective } from './narrow.ts';
import { objectsOf, type CallObject } from './objects.ts';
import { asMiss, forbidden, notSelected, refused, type Miss } from './refusal.ts';
import type { Role } from './roles.ts';
import { canSelect, selectedBy, type Grant, type Rule } from './rules.ts';
import { nameOf, selectsAll, selectsAny, type FactsOf } from './selectors.ts';
import type { Decision, Question, Refused } from './types.ts';

type Known = Pick<Question, 'operation' | 'body' | 'facts' | 'resolveHostPath'>;

/**
 * Judges a call: an explicit denial wins, then any grant of any role will do, and what nothing
 * allows is refused. A role that merely warns lets its own refusals pass, and what is not
 * understood not even then.
 *
 * @param roles of the caller; none allows nothing.
 */
export function decideFor(roles: readonly Role[], user: string, known: Known): Decision {
  const { action } = known.operation;
  const call = read(known);
  let warned: Refused | undefined;
  for (const role of roles) {
    const denial = role.deny.near(action, call.onlyName()).find((rule) => denies(rule, call));
    if (denial === undefined) continue;
    const refusal = forbidden(role, denial, action);
    if (!role.warnsOnly) return refusal;
    warned ??= refusal;
  }
  const outcome = grantOf(roles, call);
  if ('rule' in outcome) {
    return { allow: true, ...outcome, ...(warned && { warned: warned.reason }) };
  }
  const refusal = refused(roles, user, action, outcome.closest);
  const lenient = action === 'unknown' ? undefined : roles.find((role) => role.warnsOnly);
  if (lenient === undefined) return refusal;
  return { allow: true, rule: 'mode: warn', role: lenient.name, warned: refusal.reason };
}

/** A call with what it names, found out once and only if somebody asks. */
interface Call extends Known {
  readonly objects: () => readonly CallObject[];
  readonly factsOf: FactsOf;
  /** The name of the first object, or of the only one; undefined where that is not known. */
  readonly firstName: () => string | undefined;
  readonly onlyName: () => string | undefined;
}

function read(known: Known): Call {
  let found: readonly CallObject[] | undefined;
  const objects = () => (found ??= objectsOf(known.operation, known.body));
  const factsOf: FactsOf = ({ kind, ref }) =>
    known.facts?.find((facts) => facts.kind === kind && facts.ref === ref);
  const firstName = (): string | undefined => nameOf(objects()[0], factsOf);
  const onlyName = (): string | undefined => (objects().length === 1 ? firstName() : undefined);
  return { ...known, objects, factsOf, firstName, onlyName };
}

/** A list cannot be held to what a denial leaves of it, so all of it is denied. */
function denies({ selectors }: Rule, { operation, objects, factsOf }: Call): boolean {
  if (selectors === undefined) return true;
  const { action } = operation;
  if (!isCollective(action)) return selectsAny(selectors, objects(), factsOf);
  const isOfEveryKind = action === 'system.events' || selectedBy(action).length === 0;
  return isOfEveryKind || canSelect(selectors, action);
}

type Outcome =
  { readonly rule: string; readonly role: string } | { readonly closest: Miss | undefined };

function grantOf(roles: readonly Role[], call: Call): Outcome {
  const { action } = call.operation;
  let closest: Miss | undefined;
  for (const role of roles) {
    if (action === 'unknown' && role.mayAnything) return { rule: 'preset admin', role: role.name };
    for (const grant of role.allow.near(action, call.firstName())) {
      const miss = missOf(role, grant, call);
      if (miss === undefined) return { rule: grant.label, role: role.name };
      // What fails by its constraints alone is nearer than what is about other objects.
      if (closest === undefined || grant.selectors === undefined) closest = miss;
    }
    // None of many is about an object of that name: any of them tells what it would take.
    const [any] = role.allow.get(action);
    if (any !== undefined) closest ??= missOf(role, any, call);
  }
  return isCollective(action) ? narrowly(roles, call.operation, closest) : { closest };
}

/** Why a grant does not allow a call; undefined where it does. */
function missOf(role: Role, grant: Grant, call: Call): Miss | undefined {
  const { selectors, constraints } = grant;
  if (selectors !== undefined) {
    const { operation, objects, factsOf } = call;
    const isSelected = !isCollective(operation.action) && selectsAll(selectors, objects(), factsOf);
    if (!isSelected) return notSelected(role, grant, selectors, operation.action, objects());
  }
  if (constraints === undefined) return undefined;
  const { operation, body, factsOf, resolveHostPath = SEES_NOTHING } = call;
  const found = violations(constraints, { operation, body, factsOf, resolveHostPath });
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
