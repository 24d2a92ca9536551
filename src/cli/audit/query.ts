import type { Argv, ArgumentsCamelCase } from 'yargs';
import { compileFilter, type Fields } from '../../audit/read/filter.ts';
import type { Match } from '../../audit/read/match.ts';
import { query } from '../../audit/read/query.ts';
import { CommandError } from '../../errors.ts';
import { many, note } from '../terminal.ts';
import { csvHeader, csvRow } from './csv.ts';
import { filterOf, trailOf, wholeNumber, withFilter, type FilterArguments } from './options.ts';
import { Output } from './output.ts';
import { scanProgress } from './progress.ts';
import { Table } from './table.ts';

interface QueryArguments extends FilterArguments {
  id: string[] | undefined;
  limit: number | undefined;
  oldest: boolean;
  json: boolean;
  csv: boolean;
}

export function builder(yargs: Argv): Argv<QueryArguments> {
  return withFilter(yargs)
    .options({
      id: { type: 'string', array: true, nargs: 1, describe: 'Id of a call, or its beginning' },
      limit: {
        type: 'number',
        requiresArg: true,
        describe: 'The most lines; 0: all',
        defaultDescription: '100, all with --json or --csv',
      },
      oldest: { type: 'boolean', default: false, describe: 'Oldest first' },
      json: { type: 'boolean', default: false, describe: 'The lines as they are in the log' },
      csv: { type: 'boolean', default: false, describe: 'Comma-separated values' },
    })
    .example('$0 audit query --user alice --since 2h', 'what alice did in the last two hours')
    .example('$0 audit query --effect exec --container web', 'who went into a container')
    .example("$0 audit query --action 'image.*' --status 4xx --csv", 'for a spreadsheet');
}

export async function handler(argv: ArgumentsCamelCase<QueryArguments>): Promise<void> {
  if (argv.json && argv.csv) {
    throw new CommandError('USAGE', '--json and --csv are both given', 'give one of them');
  }
  const filter = compileFilter(filterOf(argv, Date.now()));
  const limit = limitOf(argv);
  const chains = await trailOf(argv);
  const progress = scanProgress(chains);
  const bad = new Map<string, number>();
  const matches = query(chains, filter, {
    order: argv.oldest ? 'oldest' : 'newest',
    limit,
    onRead: progress.onRead,
    onBad: (file, lines) => bad.set(file, (bad.get(file) ?? 0) + lines),
  });
  try {
    await show(matches, argv, new Output({ onFlush: progress.hide }));
  } finally {
    progress.stop();
  }
  for (const [file, lines] of bad) {
    note(
      `${file}: passed over ${many(lines, 'torn or damaged line')}; see "dockgate audit verify"`,
    );
  }
}

function limitOf({ limit, json, csv }: QueryArguments): number {
  if (limit === undefined) return json || csv ? Infinity : 100;
  return wholeNumber('limit', limit) || Infinity;
}

async function show(
  matches: AsyncIterable<Match>,
  argv: QueryArguments,
  output: Output,
): Promise<void> {
  const format = formatOf(argv);
  if (format.header !== undefined) await output.line(format.header);
  for await (const match of matches) {
    await output.line(format.row(match));
    if (output.closed) break;
  }
  await output.flush();
}

interface Format {
  readonly header: string | undefined;
  readonly row: (match: Match) => string;
}

/** How lines are shown; the log's own are printable as they are, others are made so. */
export function formatOf({
  json,
  csv,
}: {
  readonly json: boolean;
  readonly csv?: boolean;
}): Format {
  if (json) return { header: undefined, row: ({ line, fields }) => printable(line, fields) };
  if (csv === true) return { header: csvHeader(), row: ({ fields }) => csvRow(fields) };
  const table = new Table(process.stdout.columns || 160);
  return { header: table.header, row: ({ fields }) => table.row(fields) };
}

function printable(line: string, fields: Fields): string {
  if (!/[^\x20-\x7e]/.test(line)) return line;
  return JSON.stringify(fields).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
