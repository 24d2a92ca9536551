import type { Argv, ArgumentsCamelCase } from 'yargs';
import { findCall, type Story } from '../../audit/read/call.ts';
import type { Fields } from '../../audit/read/filter.ts';
import { safeText } from '../../audit/text.ts';
import { parseDuration } from '../../config/units.ts';
import { CommandError } from '../../errors.ts';
import { print, printJson } from '../terminal.ts';
import { LOG_OPTIONS, trailOf, type LogArguments } from './options.ts';
import { scanProgress } from './progress.ts';
import { Table } from './table.ts';

interface ShowArguments extends LogArguments {
  id: string;
  around: string;
  json: boolean;
}

export function builder(yargs: Argv): Argv<ShowArguments> {
  return yargs
    .positional('id', { type: 'string', demandOption: true, describe: 'Its id, or the beginning' })
    .options({
      ...LOG_OPTIONS,
      around: {
        type: 'string',
        requiresArg: true,
        default: '10m',
        describe: 'How long before and after it to look',
      },
      json: { type: 'boolean', default: false, describe: 'Print the lines as JSON' },
    })
    .example('$0 audit show 1b4e28ba', 'an id as "audit query" shows it');
}

export async function handler(argv: ArgumentsCamelCase<ShowArguments>): Promise<void> {
  const aroundMs = parseDuration(argv.around);
  if (aroundMs === undefined) {
    throw new CommandError('USAGE', `--around ${argv.around} is no time`, 'write 30s, 10m or 2h');
  }
  const chains = await trailOf(argv);
  const progress = scanProgress(chains);
  try {
    const found = await findCall(chains, argv.id, aroundMs, progress.onRead);
    progress.stop();
    if (found === undefined) throw noCall(argv.id);
    if ('ids' in found) throw severalCalls(argv.id, found.ids);
    if (argv.json) printJson(found);
    else for (const line of storyLines(found, process.stdout.columns || 120)) print(line);
  } finally {
    progress.stop();
  }
}

function noCall(id: string): CommandError {
  return new CommandError(
    'USAGE',
    `the trail has no call whose id begins with ${safeText(id, 64)}`,
    'take an id from "dockgate audit query", or from its --json',
  );
}

function severalCalls(id: string, ids: readonly string[]): CommandError {
  return new CommandError(
    'USAGE',
    `several calls have an id that begins with ${safeText(id, 64)}`,
    `write more of it: ${ids.map((one) => safeText(one, 64)).join(', ')}`,
  );
}

/** Fields that say where a line stands, not what happened. */
const OF_THE_CHAIN = new Set(['v', 'seq', 'prev', 'id']);

/** @param width of the terminal, in characters. */
export function storyLines({ id, lines, around }: Story, width: number): string[] {
  const table = new Table(width);
  const hasEnd = lines.some(({ event }) => event === 'call');
  return [
    `call ${safeText(id, 64)}`,
    ...lines.flatMap((line) => ['', ...fieldLines(line)]),
    ...(hasEnd ? [] : ['', 'It has no end: it is still under way, or the gate was killed.']),
    ...(around.length === 0 ? [] : ['', 'What else happened to it around then:', table.header]),
    ...around.map((fields) => table.row(fields)),
  ];
}

function fieldLines(fields: Fields): string[] {
  return Object.entries(fields)
    .filter(([name]) => !OF_THE_CHAIN.has(name))
    .map(([name, value]) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      return `  ${safeText(name, 32).padEnd(14)} ${safeText(text, 8192)}`;
    });
}
