import { EFFECTS, PROMISES, type Action } from '../../docker-api/effects.ts';
import { isBodyConstrained } from '../constraints/inspect.ts';
import { isCollective } from '../narrow.ts';
import { selectedBy } from '../rules.ts';

/** A call that was served, as a trail tells of it. */
export interface SeenCall {
  readonly user: string;
  /** SHA-256 of the public key of the outside CA that vouches for the user; undefined for our own. */
  readonly ca?: string | undefined;
  readonly action: Action;
  /** What it was about, as the caller named it; none where that is not known. */
  readonly names: readonly string[];
}

/**
 * Writes the smallest policy that would have allowed what was seen, as YAML with comments. Objects
 * are named where all calls of a kind named a few, by name. What was asked for in bodies is no part
 * of a trail: that is held to the constraints that every role has, and the comments say so.
 *
 * @param source where the calls are from, for the first line.
 */
export function learn(calls: readonly SeenCall[], source: string): string {
  const people = groupBy(calls, ({ user, ca }) => (ca === undefined ? user : `${user} ${ca}`));
  const users = [...people].sort(([left], [right]) => order(left, right));
  const lines = [`# What was seen in ${source}, and nothing else.`, ...writeCas(calls)];
  const roles: string[] = [];
  const entries: string[] = [];
  for (const [, seen] of users) {
    const [{ user, ca }] = seen;
    const written = writeRoles(ca === undefined ? user : `${user}-of-${caName(ca)}`, seen);
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

type Group<T> = readonly [T, ...T[]];

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, Group<T>> {
  const groups = new Map<K, [T, ...T[]]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

interface Seen {
  readonly action: Action;
  readonly count: number;
  /** Undefined: any. */
  readonly names: readonly string[] | undefined;
}

/** @param who whose roles these are, for their names. */
function writeRoles(who: string, calls: readonly SeenCall[]) {
  const seen = [...groupBy(calls, ({ action }) => action)]
    .map(([action, list]) => summary(action, list))
    .sort((left, right) => order(left.action, right.action));
  const ofHost = seen.filter(({ action }) => EFFECTS[action] === 'host-admin');
  const unknown = seen.filter(({ action }) => action === 'unknown');
  const plain = seen.filter((one) => !ofHost.includes(one) && !unknown.includes(one));
  const name = `seen-${who.replace(/[^A-Za-z0-9._-]/g, '-')}`;
  const lines = [`  ${quoted(name)}:`, '    allow:', ...plain.flatMap(writeRule)];
  if (plain.length === 0) lines.splice(1, 1, '    allow: []');
  for (const { count } of unknown) {
    lines.push(`    # ${count} calls were not understood: only the role "admin" may make them.`);
  }
  if (ofHost.length === 0) return { names: [name], lines };
  const host = `${name}-host`;
  const more = [
    `  ${quoted(host)}:`,
    '    # These act on the host itself: whoever has this role is root.',
    '    unconstrained: true',
    '    allow:',
    ...ofHost.flatMap(writeRule),
  ];
  return { names: [name, host], lines: [...lines, ...more] };
}

/** More names than this are no selection. */
const FEW = 10;
const ID = /^(?:sha256:)?[0-9a-f]{12,64}$/;
/** What stands for itself in a pattern. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_./:@-]*$/;

/** Besides its own object such a call names another, which a trail does not show. */
const NAMES_ANOTHER: ReadonlySet<Action> = new Set<Action>([
  'container.rename',
  'image.tag',
  'image.commit',
]);

function summary(action: Action, calls: readonly SeenCall[]): Seen {
  const names = new Set(calls.flatMap((call) => call.names));
  const isNamed =
    !isCollective(action) &&
    !NAMES_ANOTHER.has(action) &&
    selectedBy(action).length === 1 &&
    names.size <= FEW &&
    calls.every((call) => call.names.length > 0) &&
    [...names].every((name) => NAME.test(name) && !ID.test(name));
  return { action, count: calls.length, names: isNamed ? [...names].sort() : undefined };
}

function writeRule({ action, count, names }: Seen): readonly string[] {
  const comment = `# ${count} ${count === 1 ? 'call' : 'calls'}${note(action)}`;
  if (names === undefined) return [`      - ${action} ${comment}`];
  const list = `[${names.map(quoted).join(', ')}]`;
  const [kind = 'containers'] = selectedBy(action);
  const selector = kind === 'containers' ? `{ names: ${list} }` : list;
  return [`      - actions: [${action}] ${comment}`, `        ${kind}: ${selector}`];
}

function note(action: Action): string {
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
