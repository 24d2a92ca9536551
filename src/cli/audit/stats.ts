import type { Argv, ArgumentsCamelCase } from 'yargs';
import { countCalls, type Stats, type Tally } from '../../audit/read/stats.ts';
import { safeText } from '../../audit/text.ts';
import { many, print, printJson } from '../terminal.ts';
import { filterOf, trailOf, wholeNumber, withFilter, type FilterArguments } from './options.ts';
import { scanProgress } from './progress.ts';
import { duration, fit, size } from './table.ts';

interface StatsArguments extends FilterArguments {
  top: number;
  json: boolean;
}

export function builder(yargs: Argv): Argv<StatsArguments> {
  return withFilter(yargs)
    .options({
      top: { type: 'number', default: 10, describe: 'How many users and actions' },
      json: { type: 'boolean', default: false, describe: 'Everything, as JSON' },
    })
    .example('$0 audit stats --since 24h', 'the last day');
}

export async function handler(argv: ArgumentsCamelCase<StatsArguments>): Promise<void> {
  const filter = filterOf(argv, Date.now());
  const top = wholeNumber('top', argv.top);
  const chains = await trailOf(argv);
  const progress = scanProgress(chains);
  let stats: Stats;
  try {
    stats = await countCalls(chains, filter, progress.onRead);
  } finally {
    progress.stop();
  }
  if (argv.json) printJson(stats);
  else for (const line of statsLines(stats, top, process.stdout.columns || 100)) print(line);
}

/** @param width of the terminal, in characters. */
export function statsLines(stats: Stats, top: number, width: number): string[] {
  const { total, refusedPeers, users, actions, hours, slowest, newUsers, badLines } = stats;
  return [
    `${many(total.calls, 'call')}, ${total.refusals} refused, ${many(total.errors, 'error')}, ` +
      `${size(total.bytesIn)} in, ${size(total.bytesOut)} out, ${many(refusedPeers, 'peer')} refused`,
    ...(badLines > 0
      ? [`${many(badLines, 'torn or damaged line')}; see "dockgate audit verify"`]
      : []),
    ...section('Busiest users', users.slice(0, top), width),
    ...section('Busiest actions', actions.slice(0, top), width),
    ...section('By hour (UTC)', hours.slice(-48), width),
    ...(slowest.length === 0 ? [] : ['', 'Slowest calls']),
    ...slowest.slice(0, top).map((call) => {
      const text = `${call.id.slice(0, 8)}  ${call.user}  ${call.action}  ${call.path}`;
      return fit(`  ${duration(call.durationMs).padStart(7)}  ${safeText(text, 512)}`, width);
    }),
    ...(newUsers.length === 0 ? [] : ['', 'Users never seen before']),
    ...newUsers.map(({ user, time }) =>
      fit(`  ${safeText(time, 24)}  ${safeText(user, 128)}`, width),
    ),
  ];
}

const NAME = 22;
const NUMBERS = 7 + 2 + 8 + 2 + 7 + 2 + 7 + 2 + 7;

function section(title: string, tallies: readonly Tally[], width: number): string[] {
  if (tallies.length === 0) return [];
  const most = Math.max(...tallies.map(({ calls }) => calls));
  const room = Math.max(4, Math.min(40, width - NAME - NUMBERS - 6));
  const heading = ['calls', 'refused', 'errors', 'bytes', 'mean'];
  const pads = [7, 8, 7, 7, 7];
  const numbers = (texts: readonly string[]): string =>
    texts.map((text, at) => text.padStart(pads[at] ?? 7)).join('  ');
  return [
    '',
    `${title.padEnd(NAME + room + 4)}  ${numbers(heading)}`.trimEnd(),
    ...tallies.map(({ name, calls, refusals, errors, bytesIn, bytesOut, meanMs }) => {
      const bar = '█'.repeat(Math.max(1, Math.round((calls / most) * room)));
      const cells = [calls, refusals, errors].map(String);
      const rest = [size(bytesIn + bytesOut), duration(meanMs)];
      const label = fit(safeText(name || '(none)', 256), NAME).padEnd(NAME);
      return `  ${label}  ${bar.padEnd(room)}  ${numbers([...cells, ...rest])}`;
    }),
  ];
}
