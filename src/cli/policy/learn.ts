/** `dockgate policy learn`: the smallest policy that would have allowed what was seen. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { EFFECTS, type Action } from '../../docker-api/effects.ts';
import { readOperation } from '../../docker-api/operation.ts';
import { CommandError } from '../../errors.ts';
import { learn, type SeenCall } from '../../policy/tools/learn.ts';
import { isUserName } from '../../user-name.ts';
import { note, print } from '../terminal.ts';
import { readText } from './files.ts';

interface LearnArguments {
  from: string[];
  user: string | undefined;
}

export const learnCommand: CommandModule<object, LearnArguments> = {
  command: 'learn',
  describe: 'Write the smallest policy that would have allowed what a trail tells of',
  builder: (yargs: Argv) =>
    yargs
      .option('from', {
        type: 'string',
        array: true,
        nargs: 1,
        demandOption: true,
        describe: 'Audit log; repeatable',
      })
      .option('user', { type: 'string', requiresArg: true, describe: 'Only this user’s calls' })
      .example('$0 policy learn --from logs/audit.jsonl > policy.yaml', 'a policy to start from'),
  handler: ({ from, user }: ArgumentsCamelCase<LearnArguments>) => {
    const lines = from.flatMap((file) => readText(file, 'the audit log').split('\n'));
    const seen = lines.map(seenIn);
    const calls = seen.filter((call) => call !== undefined && call !== 'unreadable');
    const unreadable = seen.filter((call) => call === 'unreadable').length;
    if (unreadable > 0) note(`${unreadable} lines could not be read, and are left out`);
    const wanted = user === undefined ? calls : calls.filter((call) => call.user === user);
    if (wanted.length === 0) throw nothingSeen(from, user);
    print(learn(wanted, from.join(', ')).trimEnd());
  },
};

function nothingSeen(from: readonly string[], user: string | undefined): CommandError {
  const whose = user === undefined ? 'no call' : `no call of ${user}`;
  return new CommandError(
    'USAGE',
    `${from.join(', ')}: ${whose} that was served`,
    'name an audit log of "dockgate serve" with --from',
  );
}

/** A call that was served; undefined for any other line. */
function seenIn(line: string): SeenCall | undefined | 'unreadable' {
  if (line.trim() === '') return undefined;
  const event = parsed(line);
  if (event === undefined) return 'unreadable';
  const { user, action, end, status } = event;
  if (event['event'] !== 'call' || end === 'refused' || status === 403) return undefined;
  if (!isUserName(user) || !isAction(action)) return undefined;
  return { user, action, names: namesIn(event, action) };
}

type Line = Readonly<Partial<Record<string, unknown>>>;

function parsed(line: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Line) : undefined;
  } catch {
    return undefined;
  }
}

function isAction(action: unknown): action is Action {
  return typeof action === 'string' && Object.hasOwn(EFFECTS, action);
}

/** What the call named, as far as the trail shows it whole. */
function namesIn({ method, path, query }: Line, action: Action): readonly string[] {
  if (typeof method !== 'string' || typeof path !== 'string') return [];
  const shown = Object.entries((query ?? {}) as Record<string, unknown>).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string' && isWhole(pair[1]),
  );
  const text = shown.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
  try {
    const operation = readOperation(method, text === '' ? path : `${path}?${text}`);
    return operation.action === action ? operation.subject.names : [];
  } catch {
    return [];
  }
}

/** Neither masked, cut, nor several values in one. */
function isWhole(value: string): boolean {
  return value !== '***' && !/[,\\…]/.test(value);
}
