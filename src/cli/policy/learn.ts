/** `dockgate policy learn`: the smallest policy that would have allowed what was seen. */
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { findTrail } from '../../audit/read/files.ts';
import { compileFilter, targetOf, type Fields } from '../../audit/read/filter.ts';
import { query } from '../../audit/read/query.ts';
import { EFFECTS, type Action } from '../../docker-api/effects.ts';
import { CommandError } from '../../errors.ts';
import { learn } from '../../policy/tools/learn.ts';
import type { SeenCall } from '../../policy/tools/seen.ts';
import { isLocalUser, isUserName } from '../../user-name.ts';
import { note, print } from '../terminal.ts';

interface LearnArguments {
  from: string[];
  user: string | undefined;
}

export function builder(yargs: Argv): Argv<LearnArguments> {
  return yargs
    .option('from', {
      type: 'string',
      array: true,
      nargs: 1,
      demandOption: true,
      describe: 'Audit log, with what was rotated away from it; repeatable',
    })
    .option('user', { type: 'string', requiresArg: true, describe: 'Only this user’s calls' })
    .example('$0 policy learn --from logs/audit.jsonl > policy.yaml', 'a policy to start from')
    .example('$0 policy learn --from logs/audit.jsonl --user ci', 'what one user needs')
    .epilogue(
      'Whoever did what was seen may do it again, and nothing else. "# Look here" marks what the trail does not tell.',
    );
}

export async function handler({ from, user }: ArgumentsCamelCase<LearnArguments>): Promise<void> {
  const filter = compileFilter({
    event: ['call'],
    user: user === undefined ? undefined : [user],
  });
  const chains = (await Promise.all(from.map(findTrail))).flat();
  let bad = 0;
  const calls: SeenCall[] = [];
  for await (const { fields } of query(chains, filter, {
    ...{ order: 'oldest', limit: Infinity },
    onBad: (_, lines) => (bad += lines),
  })) {
    const call = seenIn(fields);
    if (call !== undefined) calls.push(call);
  }
  if (bad > 0) note(`${bad} torn or damaged lines were passed over; see "dockgate audit verify"`);
  if (calls.length === 0) throw nothingSeen(from, user);
  print(learn(calls, from.join(', ')).trimEnd());
}

function nothingSeen(from: readonly string[], user: string | undefined): CommandError {
  const whose = user === undefined ? 'no call' : `no call of ${user}`;
  return new CommandError(
    'USAGE',
    `${from.join(', ')}: ${whose} that was served`,
    'name an audit log of "dockgate serve" with --from',
  );
}

/** A call that was served; undefined for any other. */
function seenIn(fields: Fields): SeenCall | undefined {
  const { user, ca, action, end, status } = fields;
  if (end === 'refused' || status === 403) return undefined;
  if (!(isUserName(user) || isLocalUser(user)) || !isAction(action)) return undefined;
  if (ca !== undefined && !isKeyHash(ca)) return undefined;
  const { image } = targetOf(fields);
  const names = namesIn(fields);
  return {
    ...{ user, ca, action, names },
    image: textOf(image),
    container: containerIn(fields),
    isUnnamed: action === 'container.create' && names.length === 0,
    asked: askedIn(fields),
  };
}

function containerIn(fields: Fields): string | undefined {
  const { kind, id, container } = targetOf(fields);
  return textOf(kind === 'exec' ? container : id);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What was asked for; undefined where the trail was told to leave that out. */
function askedIn({ action, detail, query: asked, api_version: version, ...fields }: Fields) {
  const hasDetail = isRecord(detail);
  if (!hasDetail && !TOLD_BESIDES.has(action)) return undefined;
  const { name } = targetOf(fields);
  return {
    detail: hasDetail ? detail : {},
    query: isRecord(asked) ? asked : {},
    readsOnly: typeof version === 'string' && Number(version.split('.')[1]) >= 44,
    network: action === 'network.connect' && typeof name === 'string' ? name : undefined,
  };
}

/** Of these the line tells enough without. */
const TOLD_BESIDES: ReadonlySet<unknown> = new Set(['container.top']);

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAction(action: unknown): action is Action {
  return typeof action === 'string' && Object.hasOwn(EFFECTS, action);
}

function isKeyHash(ca: unknown): ca is string {
  return typeof ca === 'string' && /^[0-9a-f]{64}$/.test(ca);
}

/** What goes by the name that the daemon told, whatever the call named it by. */
const BY_TOLD_NAME: ReadonlySet<unknown> = new Set(['container', 'exec', 'network']);
/** A line has no more names than these, of however many. */
const MOST_NAMES = 16;

/** What a call was about, and the name that it gave; none where the trail does not show all of it. */
function namesIn(fields: Fields): readonly string[] {
  return [...namesAsked(fields), ...namesGiven(fields)];
}

function namesGiven({ action, query: asked }: Fields): readonly string[] {
  const parameters = isRecord(asked) ? asked : {};
  const [name, repository, tag] = ['name', 'repo', 'tag'].map((key) => textOf(parameters[key]));
  if (action === 'container.rename' && name !== undefined) return [name];
  if (action !== 'image.tag' || repository === undefined) return [];
  return [`${repository}:${tag ?? 'latest'}`];
}

function namesAsked(fields: Fields): readonly string[] {
  const { kind, name, asked } = targetOf(fields);
  // A new one is judged by the name that it was asked for.
  const isNew = fields['action'] === 'container.create';
  if (!isNew && BY_TOLD_NAME.has(kind) && typeof name === 'string') return [name];
  // The id of an exec is gone with it.
  if (kind === 'exec' || !Array.isArray(asked) || asked.length >= MOST_NAMES) return [];
  const names: readonly unknown[] = asked;
  return names.every((one) => typeof one === 'string')
    ? names.map((one) => (kind === 'container' ? one.replace(/^\//, '') : one))
    : [];
}
