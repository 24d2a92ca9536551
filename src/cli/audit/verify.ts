import path from 'node:path';
import type { Argv, ArgumentsCamelCase } from 'yargs';
import { keyPathOf, publicPathOf, readPublicKey } from '../../audit/chain/key.ts';
import type { Problem } from '../../audit/chain/verdict.ts';
import { NOT_GIVEN } from '../../audit/chain/verify.ts';
import type { Chain } from '../../audit/read/files.ts';
import {
  verifyStream,
  verifyTrail,
  type ChainVerdict,
  type TrailVerdict,
} from '../../audit/read/verify-trail.ts';
import { safeText } from '../../audit/text.ts';
import { CommandError } from '../../errors.ts';
import { many, print, printJson } from '../terminal.ts';
import { configOf, LOG_OPTIONS, logPath, trailOf, type LogArguments } from './options.ts';
import { scanProgress } from './progress.ts';

interface VerifyArguments extends LogArguments {
  files: string[] | undefined;
  'public-key': string[] | undefined;
  'expect-head': string | undefined;
  json: boolean;
}

export function builder(yargs: Argv): Argv<VerifyArguments> {
  return (
    yargs
      // Or `-` would be taken for a flag, and be lost; see filesOf.
      .parserConfiguration({ 'boolean-negation': false, 'unknown-options-as-args': true })
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
      )
  );
}

export async function handler(argv: ArgumentsCamelCase<VerifyArguments>): Promise<void> {
  const files = filesOf(argv);
  const expectHead = hashOf(argv['expect-head']);
  const verdict =
    files[0] === '-'
      ? await verifyStream(process.stdin, { keys: keysOf(argv, files), expectHead, isWhole: false })
      : await verifyFiles(argv, files, expectHead);
  if (argv.json) printJson(verdict);
  else for (const line of verdictLines(verdict)) print(line);
  const [problem] = verdict.problems;
  if (problem !== undefined) throw broken(problem, verdict);
}

/** @throws CommandError `USAGE` for a flag that there is not, which has come here for a file. */
function filesOf({ files = [] }: VerifyArguments): readonly string[] {
  const flag = files.find((file) => /^-./.test(file));
  if (flag !== undefined) {
    throw new CommandError(
      'USAGE',
      `no such flag or argument: ${flag}`,
      'see "dockgate audit verify --help"; a file of that name is ./-…',
    );
  }
  if (files.length < 2 || !files.includes('-')) return files;
  throw new CommandError(
    'USAGE',
    'standard input and files are both named',
    'verify one after the other, or give all of them as files',
  );
}

async function verifyFiles(
  argv: VerifyArguments,
  files: readonly string[],
  expectHead: string | undefined,
): Promise<TrailVerdict> {
  const chains: readonly Chain[] = await trailOf(argv, files);
  if (chains.length === 0) throw nothingIn(files[0] ?? logPath(argv));
  const options = { keys: keysOf(argv, files), expectHead, isWhole: files.length === 0 };
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
  if (file !== undefined) return publicPathOf(keyPathOf(file));
  return publicPathOf(configOf(argv).audit.keyFile ?? keyPathOf(logPath(argv)));
}

function nothingIn(file: string): CommandError {
  return new CommandError(
    'AUDIT_BROKEN',
    `${file}: it is empty: there is nothing to verify`,
    'a gate signs its log as soon as it opens it, so this one was emptied, or no gate writes it',
  );
}

function broken(problem: Problem, verdict: TrailVerdict): CommandError {
  const { file, line, time, reason } = problem;
  const when = time === undefined ? '' : ` (${safeText(time, 32)})`;
  const where = line === 0 ? file : `${file} line ${line}${when}`;
  return new CommandError('AUDIT_BROKEN', `${where}: ${reason}`, hintFor(problem, verdict));
}

function hintFor({ line, reason }: Problem, { chains }: TrailVerdict): string {
  if (chains.length === 0) return 'what "dockgate serve" writes is chained; name such a log';
  if (reason.endsWith(NOT_GIVEN)) return 'name the public half of that key too, with --public-key';
  if (line === 0) return 'keep the files, and compare them with a copy';
  return 'what stands before that line is as it was written; keep the files, and compare them with a copy';
}

/** What was found, for a person. */
export function verdictLines({ chains, unchained, problems }: TrailVerdict): string[] {
  return [
    ...chains.flatMap(chainLines),
    ...unchained.map(
      (file) =>
        `${path.basename(file)}: its lines are not chained: nobody knows whether they are as they were written`,
    ),
    ...(problems.length === 0 ? [okBut(unchained.length)] : []),
  ];
}

function okBut(unchained: number): string {
  if (unchained === 0) return 'ok';
  return `ok, but for the ${unchained === 1 ? 'file' : `${unchained} files`} above`;
}

function chainLines(verdict: ChainVerdict): string[] {
  const { files, lines, checkpoints, firstSeq, head, lastCheckpoint } = verdict;
  const names = files.length === 1 ? path.basename(files[0] ?? '') : `${files.length} files`;
  return [
    `${names}: ${many(lines, 'line')} (${firstSeq} to ${head.seq}), ${many(checkpoints, 'checkpoint')}, ${many(verdict.gaps, 'gap')}`,
    ...(lastCheckpoint === undefined
      ? []
      : [`  last checkpoint: line ${lastCheckpoint.seq ?? 0}, ${lastCheckpoint.time ?? ''}`]),
    `  behind it, protected by nothing yet: ${many(verdict.unprotected, 'line')}`,
    ...(verdict.tornBytes > 0 ? [`  last line torn: ${verdict.tornBytes} bytes`] : []),
    ...(verdict.removedUpTo > 0
      ? [`  removed by retention: up to line ${verdict.removedUpTo}`]
      : []),
    `  head: ${head.hash}`,
  ];
}
