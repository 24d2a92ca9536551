import path from 'node:path';
import type { Argv, ArgumentsCamelCase, CommandModule } from 'yargs';
import { keyPathOf, publicPathOf, readPublicKey } from '../../audit/chain/key.ts';
import type { Problem } from '../../audit/chain/verdict.ts';
import type { Chain } from '../../audit/read/files.ts';
import {
  verifyStream,
  verifyTrail,
  type ChainVerdict,
  type TrailVerdict,
} from '../../audit/read/verify-trail.ts';
import { safeText } from '../../audit/text.ts';
import { CommandError } from '../../errors.ts';
import { print, printJson } from '../terminal.ts';
import { LOG_OPTIONS, logPath, trailOf, type LogArguments } from './options.ts';
import { scanProgress } from './progress.ts';

interface VerifyArguments extends LogArguments {
  files: string[] | undefined;
  'public-key': string[] | undefined;
  'expect-head': string | undefined;
  json: boolean;
}

export const verifyCommand: CommandModule<object, VerifyArguments> = {
  command: 'verify [files..]',
  describe: 'Find out whether the trail is as it was written',
  builder,
  handler,
};

function builder(yargs: Argv): Argv<VerifyArguments> {
  return yargs
    .positional('files', {
      type: 'string',
      array: true,
      describe:
        'Files of a trail in any order, or - for standard input; without them the whole trail',
    })
    .options({
      ...LOG_OPTIONS,
      'public-key': {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'Public key of the checkpoints; repeatable',
        defaultDescription: 'audit-key.pub.pem beside the log',
      },
      'expect-head': {
        type: 'string',
        requiresArg: true,
        describe: 'Hash of a line that was the last one once; finds a tail that was cut off',
      },
      json: { type: 'boolean', default: false, describe: 'Print the result as JSON' },
    })
    .example('$0 audit verify', 'the log of "serve", with all that was rotated')
    .example(
      '$0 audit verify --expect-head HASH',
      'with the head of an earlier run, kept elsewhere',
    )
    .example(
      'ssh host cat audit.jsonl | $0 audit verify - --public-key k.pub.pem',
      'on another host',
    );
}

async function handler(argv: ArgumentsCamelCase<VerifyArguments>): Promise<void> {
  const files = argv.files ?? [];
  const expectHead = hashOf(argv['expect-head']);
  const keys = keysOf(argv, files);
  const verdict =
    files.length === 1 && files[0] === '-'
      ? await verifyStream(process.stdin, { keys, expectHead, isWhole: false })
      : await verifyFiles(await trailOf(argv, files), {
          keys,
          expectHead,
          isWhole: files.length === 0,
        });
  if (argv.json) printJson(verdict);
  else for (const line of verdictLines(verdict)) print(line);
  const [problem] = verdict.problems;
  if (problem !== undefined) throw broken(problem);
}

async function verifyFiles(
  chains: readonly Chain[],
  options: Parameters<typeof verifyTrail>[1],
): Promise<TrailVerdict> {
  const progress = scanProgress(chains);
  try {
    return await verifyTrail(chains, { ...options, onRead: progress.onRead });
  } finally {
    progress.stop();
  }
}

function hashOf(text: string | undefined): string | undefined {
  if (text === undefined || /^[0-9a-f]{64}$/.test(text)) return text;
  throw new CommandError(
    'USAGE',
    `--expect-head ${safeText(text, 80)} is no hash`,
    'write the 64 hex digits that an earlier "dockgate audit verify" printed as head',
  );
}

function keysOf(argv: VerifyArguments, files: readonly string[]) {
  const given = argv['public-key'] ?? [keyBeside(argv, files)];
  return new Map(given.map((file) => readPublicKey(file)).map(({ id, key }) => [id, key]));
}

function keyBeside(argv: VerifyArguments, [file]: readonly string[]): string {
  if (file === '-') {
    throw new CommandError(
      'USAGE',
      'standard input has no key beside it',
      'name the audit-key.pub.pem of that log with --public-key',
    );
  }
  return publicPathOf(keyPathOf(file ?? logPath(argv)));
}

function broken({ file, line, time, reason }: Problem): CommandError {
  const when = time === undefined ? '' : ` (${safeText(time, 32)})`;
  const where = line === 0 ? file : `${file} line ${line}${when}`;
  return new CommandError(
    'AUDIT_BROKEN',
    `${where}: ${reason}`,
    'what stands before that line is as it was written; keep the files, and compare them with a copy',
  );
}

/** What was found, for a person. */
export function verdictLines({ chains, unchained, problems }: TrailVerdict): string[] {
  return [
    ...chains.flatMap(chainLines),
    ...unchained.map((file) => `${path.basename(file)}: not chained, written by an older version`),
    ...(problems.length === 0 ? ['ok'] : []),
  ];
}

function chainLines(verdict: ChainVerdict): string[] {
  const { files, lines, checkpoints, firstSeq, head, lastCheckpoint } = verdict;
  const names = files.length === 1 ? path.basename(files[0] ?? '') : `${files.length} files`;
  return [
    `${names}: ${lines} lines (${firstSeq} to ${head.seq}), ${checkpoints} checkpoints, ${verdict.gaps} gaps`,
    ...(lastCheckpoint === undefined
      ? []
      : [`  last checkpoint: line ${lastCheckpoint.seq ?? 0}, ${lastCheckpoint.time ?? ''}`]),
    `  behind it, protected by nothing yet: ${verdict.unprotected} lines`,
    ...(verdict.tornBytes > 0 ? [`  last line torn: ${verdict.tornBytes} bytes`] : []),
    ...(verdict.removedUpTo > 0
      ? [`  removed by retention: up to line ${verdict.removedUpTo}`]
      : []),
    `  head: ${head.hash}`,
  ];
}
