/** `dockgate policy diff`: what each user gains and loses. */
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { compare, type Change, type Difference } from '../../policy/tools/compare.ts';
import { print, printJson } from '../terminal.ts';
import { loadPolicy } from './files.ts';

interface DiffArguments {
  old: string;
  new: string;
  json: boolean;
}

export function builder(yargs: Argv): Argv<DiffArguments> {
  return yargs
    .positional('old', { type: 'string', demandOption: true, describe: 'The policy of today' })
    .positional('new', { type: 'string', demandOption: true, describe: 'The policy to be' })
    .option('json', { type: 'boolean', default: false, describe: 'Print the result as JSON' })
    .example('$0 policy diff policy.yaml policy.new.yaml', 'before a policy is put in place')
    .epilogue(
      'Signs: + gained, - lost, ~ on other conditions. Exit code: 0, with or without differences; 2 where a file is no policy.',
    );
}

export function handler(argv: ArgumentsCamelCase<DiffArguments>): void {
  const differences = compare(loadPolicy(argv.old), loadPolicy(argv.new));
  if (argv.json) {
    printJson(differences);
    return;
  }
  if (differences.length === 0) print('nobody gains or loses anything');
  for (const difference of differences) printDifference(difference);
}

function printDifference({ who, gains, loses, changes, limits }: Difference): void {
  print(who);
  for (const [actions, { after }] of alike(gains)) print(`  + ${actions}  ${String(after)}`);
  for (const [actions, { before }] of alike(loses)) print(`  - ${actions}  ${String(before)}`);
  for (const [actions, { before, after }] of alike(changes)) {
    print(`  ~ ${actions}`);
    print(`      ${String(before)}`);
    print(`   -> ${String(after)}`);
  }
  for (const { limit, before = 'no limit', after = 'no limit' } of limits) {
    print(`  ~ limit ${limit}  ${before} -> ${after}`);
  }
}

/** Actions of which the same is to be said, in one line. */
function alike(changes: readonly Change[]): readonly (readonly [actions: string, Change])[] {
  const groups = new Map<string, [Change, ...Change[]]>();
  for (const change of changes) {
    const key = JSON.stringify([change.before, change.after]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [change]);
    else group.push(change);
  }
  return [...groups.values()].map(
    (group) => [group.map(({ action }) => action).join(', '), group[0]] as const,
  );
}
