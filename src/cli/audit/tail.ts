import type { Argv, ArgumentsCamelCase } from 'yargs';
import { findTrail } from '../../audit/read/files.ts';
import { compileFilter } from '../../audit/read/filter.ts';
import { follow } from '../../audit/read/follow.ts';
import type { Match } from '../../audit/read/match.ts';
import { query } from '../../audit/read/query.ts';
import { filterOf, logPath, wholeNumber, withFilter, type FilterArguments } from './options.ts';
import { Output } from './output.ts';
import { formatOf } from './query.ts';

interface TailArguments extends FilterArguments {
  lines: number;
  json: boolean;
}

export function builder(yargs: Argv): Argv<TailArguments> {
  return withFilter(yargs)
    .options({
      lines: { alias: 'n', type: 'number', default: 10, describe: 'How many of those that were' },
      json: { type: 'boolean', default: false, describe: 'The lines as they are in the log' },
    })
    .example('$0 audit tail --decision deny', 'watch what is refused');
}

export async function handler(argv: ArgumentsCamelCase<TailArguments>): Promise<void> {
  const log = logPath(argv);
  const limit = wholeNumber('lines', argv.lines);
  const filter = compileFilter(filterOf(argv, Date.now()));
  // What cannot be read is said before anything is shown.
  await findTrail(log);
  const end = new AbortController();
  const stop = (): void => {
    end.abort();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const output = new Output({ onClosed: stop });
  const format = formatOf(argv);
  // Opened first: what is written while the last lines are read is not missed.
  const coming = follow(log, filter, end.signal);
  const first = coming.next();
  if (format.header !== undefined) await output.line(format.header);
  const last: Match[] = [];
  const options = { order: 'newest', limit } as const;
  for await (const match of query(await findTrail(log), filter, options)) last.push(match);
  const seen = new Set(last.map(({ line }) => line));
  for (const match of last.reverse()) await output.line(format.row(match));
  await output.flush();
  for (let next = await first; next.done !== true; next = await coming.next()) {
    if (seen.size > 0 && seen.delete(next.value.line)) continue;
    await output.line(format.row(next.value));
    await output.flush();
    if (output.closed) break;
  }
  await coming.return(undefined);
}
