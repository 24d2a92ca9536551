import { EFFECTS, PROMISES, type Action } from '../../docker-api/effects.ts';
import { actionsOf } from '../actions.ts';
import type { Role } from '../roles.ts';
import type { Grant } from '../rules.ts';
import { combinations } from './combinations.ts';
import { actsEverywhere } from './everything.ts';
import { openingsOf } from './openings.ts';
import type { Finding } from './review.ts';
import { listed } from './words.ts';

/** Grants of a role that amount to root on the host, or of which nobody can say how much they are. */
export function* powersOf(role: Role): Generator<Finding> {
  if (role.mayAnything) {
    yield { kind: 'root', role: role.name, message: 'it may do everything, as without a gate' };
    return;
  }
  const said = new Set<string>();
  const grants = effective(role);
  for (const grant of grants) {
    for (const { kind, message } of powersOfGrant(grant)) {
      if (said.has(message)) continue;
      said.add(message);
      yield { kind, role: role.name, rule: grant.label, message };
    }
  }
  for (const combination of combinations(grants)) yield { ...combination, role: role.name };
}

/** What a role may do, without what it denies altogether. */
export function effective(role: Role): readonly Grant[] {
  const isDenied = (action: Action): boolean =>
    role.deny.get(action).some((rule) => rule.selectors === undefined);
  return role.grants.map((grant) => ({
    ...grant,
    actions: grant.actions.filter((action) => !isDenied(action)),
  }));
}

type Power = Pick<Finding, 'kind' | 'message'>;

function* powersOfGrant(grant: Grant): Generator<Power> {
  const { actions, constraints } = grant;
  if (constraints === undefined) {
    yield* unconstrained(grant);
    return;
  }
  const host = hopeless(grant);
  if (host.length > 0) {
    const message = `${listed(host)}: never allowed, since no constraint can hold it and the role is not unconstrained`;
    yield { kind: 'unreachable', message };
  }
  yield* coarse(actions);
  yield* inside(grant);
  for (const { actions: asking, what } of openingsOf(constraints.settings)) {
    const opened = actions.filter((action) => asking.includes(action));
    if (opened.length > 0) yield { kind: 'root', message: `${listed(opened)} with ${what}` };
  }
}

/** What words ask for that name nothing but actions on the host. */
function hopeless({ settings }: Grant): readonly Action[] {
  const isOfHost = (action: Action): boolean => EFFECTS[action] === 'host-admin';
  return settings.actions
    .map(actionsOf)
    .filter((actions) => actions.every(isOfHost))
    .flat();
}

/** Inside of what is selected, an attach is no more than that; an exec can ask for privileges. */
function* unconstrained(grant: Grant): Generator<Power> {
  const isHeld = (action: Action): boolean =>
    !actsEverywhere(grant.selectors) && EFFECTS[action] === 'exec' && action !== 'exec.create';
  const powerful = grant.actions.filter(
    (action) => PROMISES[EFFECTS[action]].hostPower && !isHeld(action),
  );
  if (powerful.length > 0) {
    yield { kind: 'root', message: `${listed(powerful)} without constraints` };
  }
}

function* coarse(actions: readonly Action[]): Generator<Power> {
  const builds = actions.filter((action) => EFFECTS[action] === 'build');
  const tunnels = actions.filter((action) => EFFECTS[action] === 'opaque-tunnel');
  const services = actions.filter((action) => /^service\.(?:create|update)$/.test(action));
  if (builds.length > 0) {
    yield { kind: 'coarse', message: `${listed(builds)}: what the instructions do is not seen` };
  }
  if (tunnels.length > 0) {
    yield { kind: 'coarse', message: `${listed(tunnels)}: what BuildKit is told is not seen` };
  }
  if (services.length > 0) {
    yield { kind: 'coarse', message: `${listed(services)}: on which node it runs is not known` };
  }
}

/** With the power of the container, whichever it is: its mounts of the host among it. */
function* inside({ actions, selectors, constraints }: Grant): Generator<Power> {
  const acting = actions.filter(
    (action) =>
      EFFECTS[action] === 'exec' &&
      (constraints?.settings.stdin !== false || !action.startsWith('container.attach')),
  );
  const isEverywhere = actsEverywhere(selectors);
  if (acting.length > 0) {
    yield isEverywhere
      ? {
          kind: 'root',
          message: `${listed(acting)} in every container: as much as the most powerful one has`,
        }
      : {
          kind: 'coarse',
          message: `${listed(acting)} in the containers that it selects: as much as the most powerful of them has`,
        };
  }
  if (isEverywhere && actions.includes('container.archive_get')) {
    const message =
      'container.archive_get in every container: its files, and those of the host that are mounted there';
    yield { kind: 'coarse', message };
  }
}
