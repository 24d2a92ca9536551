/** `dockgate policy diff`: what each user gains and loses. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { compare, type Difference } from '../../policy/tools/compare.ts';
import { print, printJson } from '../terminal.ts';
import { loadPolicy } from './files.ts';

interface DiffArguments {
  old: string;
  new: string;
  json: boolean;
}

export const diffCommand: CommandModule<object, DiffArguments> = {
  command: 'diff <old> <new>',
  describe: 'What each user gains and loses from one policy to another',
  builder: (yargs: Argv) =>
    yargs
      .positional('old', { type: 'string', demandOption: true, describe: 'The policy of today' })
      .positional('new', { type: 'string', demandOption: true, describe: 'The policy to be' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the result as JSON' })
      .example('$0 policy diff policy.yaml policy.new.yaml', 'before a policy is put in place'),
  handler: (argv: ArgumentsCamelCase<DiffArguments>) => {
    const differences = compare(loadPolicy(argv.old), loadPolicy(argv.new));
    if (argv.json) {
      printJson(differences);
      return;
    }
    if (differences.length === 0) print('nobody gains or loses anything');
    for (const difference of differences) printDifference(difference);
  },
};

function printDifference({ who, gains, loses, changes }: Difference): void {
  print(who);
  for (const { action, after } of gains) print(`  + ${action}  ${String(after)}`);
  for (const { action, before } of loses) print(`  - ${action}  ${String(before)}`);
  for (const { action, before, after } of changes) {
    print(`  ~ ${action}  ${String(before)} -> ${String(after)}`);
  }
}
