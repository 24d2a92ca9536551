/** `dockgate policy check`: is it one, and what should its reader know. */
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { CommandError } from '../../errors.ts';
import { review, type Finding } from '../../policy/tools/review.ts';
import { print, printJson } from '../terminal.ts';
import { problemLine, readPolicy } from './files.ts';

interface CheckArguments {
  file: string;
  json: boolean;
}

export function builder(yargs: Argv): Argv<CheckArguments> {
  return yargs
    .positional('file', { type: 'string', demandOption: true, describe: 'The policy' })
    .option('json', { type: 'boolean', default: false, describe: 'Print the result as JSON' })
    .example('$0 policy check policy.yaml', 'errors with their lines, then what to know')
    .example('$0 policy check --json policy.yaml | jq .findings', 'for scripts')
    .epilogue('Exit code: 0 a policy, whatever it allows; 2 none; 1 the file cannot be read.');
}

export function handler({ file, json }: ArgumentsCamelCase<CheckArguments>): void {
  check(file, json, Date.now());
}

function check(file: string, json: boolean, now: number): void {
  const parsed = readPolicy(file);
  if (!parsed.ok) {
    if (json) printJson({ ok: false, problems: parsed.problems });
    else for (const problem of parsed.problems) print(problemLine(file, problem));
    const count = parsed.problems.length;
    throw new CommandError(
      'CONFIG_INVALID',
      `${file} is not a policy: ${count} ${count === 1 ? 'problem' : 'problems'}`,
      'docs/policy.md explains every name',
    );
  }
  const findings = review(parsed.policy, now);
  if (json) {
    printJson({ ok: true, findings });
    return;
  }
  const entries = parsed.policy.entries.length;
  print(`${file} is a policy: ${entries} ${entries === 1 ? 'entry' : 'entries'} of users`);
  for (const finding of findings) print(findingLine(finding));
}

const WORDS: Readonly<Record<Finding['kind'], string>> = {
  unreachable: 'never applies',
  unused: 'unused',
  ended: 'ended',
  root: 'ROOT',
  coarse: 'coarse',
  'warn-only': 'warns only',
};

function findingLine({ kind, role, rule, users = [], message }: Finding): string {
  const where = [
    ...(role === undefined ? [] : [`role "${role}"`]),
    ...(rule === undefined ? [] : [`(${rule})`]),
    ...(users.length === 0 ? [] : [`of ${fewOf(users)}`]),
  ].join(' ');
  return `${WORDS[kind]}: ${where === '' ? '' : `${where}: `}${message}`;
}

function fewOf(users: readonly string[]): string {
  const more = users.length > 4 ? ` and ${users.length - 4} more` : '';
  return `${users.slice(0, 4).join(', ')}${more}`;
}
