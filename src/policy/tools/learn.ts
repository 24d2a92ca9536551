import { EFFECTS, PROMISES, type Action } from '../../docker-api/effects.ts';
import { isBodyConstrained } from '../constraints/inspect.ts';
import { selectedBy } from '../rules.ts';
import { groupBy, summary, withStarts, type Seen, type SeenCall } from './seen.ts';

/**
 * Writes the smallest policy that would have allowed what was seen, as YAML with comments. Objects
 * are named where all calls of a kind named a few, by name, and selected by image where they have no
 * name to stay. What was asked for is held to what the trail tells of it; where it tells nothing, to
 * the constraints that every role has, and the comments say so.
 *
 * @param source where the calls are from, for the first line.
 */
export function learn(calls: readonly SeenCall[], source: string): string {
  const people = groupBy(calls, ({ user, ca }) => (ca === undefined ? user : `${user} ${ca}`));
  const users = [...people].sort(([left], [right]) => order(left, right));
  const lines = [`# What was seen in ${source}, and nothing else.`, ...writeCas(calls)];
  const unnamed = new Set(calls.filter((call) => call.isUnnamed).map(({ container }) => container));
  const roles: string[] = [];
  const entries: string[] = [];
  for (const [, seen] of users) {
    const [{ user, ca }] = seen;
    const written = writeRoles(
      ca === undefined ? user : `${user}-of-${caName(ca)}`,
      withStarts(seen),
      unnamed,
    );
    entries.push(
      `  - user: ${quoted(user)}`,
      ...(ca === undefined ? [] : [`    ca: ${caName(ca)}`]),
      `    roles: [${written.names.map(quoted).join(', ')}]`,
    );
    roles.push(...written.lines);
  }
  if (users.length === 0) return `${lines.join('\n')}\nusers: []\n`;
  return `${[...lines, 'users:', ...entries, 'roles:', ...roles].join('\n')}\n`;
}

/** A name for each outside CA, by which entries can be about its users. */
function writeCas(calls: readonly SeenCall[]): readonly string[] {
  const cas = new Set(calls.map(({ ca }) => ca).filter((ca) => ca !== undefined));
  const lines = [...cas].sort(order).map((ca) => `  ${caName(ca)}: ${quoted(ca)}`);
  return lines.length === 0 ? [] : ['cas:', ...lines];
}

function caName(ca: string): string {
  return `ca-${ca.slice(0, 16)}`;
}

/** @param who whose roles these are, for their names. */
function writeRoles(
  who: string,
  calls: readonly SeenCall[],
  unnamed: ReadonlySet<string | undefined>,
) {
  const isInUnnamed = ({ action, container }: SeenCall): boolean =>
    action !== 'container.create' && container !== undefined && unnamed.has(container);
  const keyOf = (call: SeenCall): string => `${call.action}${isInUnnamed(call) ? '-unnamed' : ''}`;
  const seen = [...groupBy(calls, keyOf)]
    .map(([key, list]) => summary(key, list, isInUnnamed))
    .sort((left, right) => order(left.key, right.key));
  const ofHost = seen.filter(({ action }) => EFFECTS[action] === 'host-admin');
  const unknown = seen.filter(({ action }) => action === 'unknown');
  const held = seen.filter((one) => isHeld(one) && !ofHost.includes(one));
  const plain = seen.filter((one) => ![...ofHost, ...unknown, ...held].includes(one));
  const name = `seen-${who.replace(/[^A-Za-z0-9._-]/g, '-')}`;
  const lines = [`  ${quoted(name)}:`, '    allow:', ...plain.flatMap(writeRule)];
  if (plain.length === 0) lines.splice(1, 1, '    allow: []');
  for (const { count } of unknown) {
    lines.push(`    # ${count} calls were not understood: only the role "admin" may make them.`);
  }
  for (const one of held) lines.push(...writeHeld(`${name}-${one.key}`, one));
  const names = [name, ...held.map(({ key }) => `${name}-${key}`)];
  if (ofHost.length === 0) return { names, lines };
  const host = `${name}-host`;
  const more = [
    `  ${quoted(host)}:`,
    '    # These act on the host itself: whoever has this role is root.',
    '    unconstrained: true',
    '    allow:',
    ...ofHost.flatMap(writeRule),
  ];
  return { names: [...names, host], lines: [...lines, ...more] };
}

function isHeld({ within: { constraints, doubts } }: Seen): boolean {
  return Object.keys(constraints).length + doubts.length > 0;
}

/** A role of its own, so that what one action was given is not given to another. */
function writeHeld(name: string, seen: Seen): readonly string[] {
  const { constraints, doubts } = seen.within;
  const settings = Object.entries(constraints);
  return [
    `  ${quoted(name)}:`,
    '    allow:',
    ...writeRule(seen),
    ...doubts.map((doubt) => `    # Look here: ${doubt}.`),
    ...(settings.length === 0 ? [] : ['    constraints:']),
    ...settings.map(([setting, value]) => `      ${setting}: ${JSON.stringify(value)}`),
  ];
}

function writeRule({ action, count, names, images, isTold }: Seen): readonly string[] {
  const comment = `# ${count} ${count === 1 ? 'call' : 'calls'}${isTold ? '' : note(action)}`;
  const [kind = 'containers'] = selectedBy(action);
  const selected = names ?? images;
  if (selected === undefined) return [`      - ${action} ${comment}`];
  const list = `[${selected.map(quoted).join(', ')}]`;
  const by = names === undefined ? 'images' : 'names';
  const selector = kind === 'containers' ? `{ ${by}: ${list} }` : list;
  return [`      - actions: [${action}] ${comment}`, `        ${kind}: ${selector}`];
}

function note(action: Action): string {
  // What starts was asked for before.
  if (action === 'exec.start') return '';
  if (!isBodyConstrained(action) || !PROMISES[EFFECTS[action]].hostPower) return '';
  return '; what they asked for is not in the trail: a plain one is allowed';
}

/** By code units, whatever the locale. */
function order(left: string, right: string): number {
  return Number(left > right) - Number(left < right);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
