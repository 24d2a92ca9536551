import type { Action } from '../../docker-api/effects.ts';
import { actionsOf } from '../actions.ts';
import type { Role } from '../roles.ts';
import { canForbid, canSelect, type Grant, type Rule } from '../rules.ts';
import { actsEverywhere } from './everything.ts';
import type { Finding } from './review.ts';

/** Rules of a role, and words of rules, that never decide anything. */
export function* unreachable(role: Role): Generator<Finding> {
  for (const [index, grant] of role.grants.entries()) {
    if (isOfPreset(grant)) continue;
    const about = { kind: 'unreachable', role: role.name, rule: grant.label } as const;
    const earlier = role.grants.slice(0, index);
    if (grant.actions.every((action) => isDenied(role, action))) {
      yield { ...about, message: 'the role denies all of it' };
    } else if (grant.actions.every((action) => isCovered(grant, action, earlier))) {
      yield { ...about, message: 'other rules of the role allow all of it already' };
    }
    for (const message of idle(grant, 'allow')) yield { ...about, message };
  }
  for (const rule of role.denials) {
    const about = { kind: 'unreachable', role: role.name, rule: rule.label } as const;
    for (const message of idle(rule, 'deny')) yield { ...about, message };
  }
}

/** What a preset brings is not for the reader to tidy up. */
function isOfPreset({ label }: Grant): boolean {
  return label.startsWith('preset ');
}

function isDenied(role: Role, action: Action): boolean {
  return role.deny.get(action).some((rule) => rule.selectors === undefined);
}

/** @param earlier those with no more conditions are among them. */
function isCovered(grant: Grant, action: Action, earlier: readonly Grant[]): boolean {
  return earlier.some(
    (other) =>
      isAsWide(other, grant) &&
      (other.constraints === undefined || other.constraints === grant.constraints) &&
      other.actions.includes(action),
  );
}

function isAsWide(other: Grant, grant: Grant): boolean {
  return (
    other.selectors === undefined ||
    (grant.selectors !== undefined && selectorsText(other) === selectorsText(grant)) ||
    (isAboutContainers(grant) && isAboutContainers(other) && actsEverywhere(other.selectors))
  );
}

function selectorsText({ settings }: Rule): string {
  const { containers, images, networks, volumes } = settings;
  return JSON.stringify([containers, images, networks, volumes]);
}

function isAboutContainers({ settings: { containers, ...others } }: Rule): boolean {
  const { images, networks, volumes } = others;
  return containers !== undefined && [images, networks, volumes].every((one) => one === undefined);
}

/** Words of a rule that say nothing: actions that are not selected so, and names that nothing has. */
function* idle(rule: Rule, list: 'allow' | 'deny'): Generator<string> {
  const { selectors, settings } = rule;
  if (selectors === undefined) return;
  const can = list === 'allow' ? canSelect : canForbid;
  for (const word of settings.actions) {
    if (actionsOf(word).some((action) => can(selectors, action))) continue;
    const kinds = Object.keys(selectors).join(' and ');
    const never = list === 'allow' ? 'allows' : 'denies';
    yield `selecting by ${kinds} says nothing about ${word}: the rule never ${never} it`;
  }
  for (const pattern of [...(settings.containers?.names ?? []), ...(settings.volumes ?? [])]) {
    if (NAME.test(pattern)) continue;
    yield `nothing is called ${JSON.stringify(pattern)}: a name has letters, digits, "_", "." and "-", and no "/" before it`;
  }
}

/** Names of containers and volumes (moby daemon/names), with what stands for any of it. */
const NAME = /^[A-Za-z0-9*?][A-Za-z0-9_.*?-]*$/;
