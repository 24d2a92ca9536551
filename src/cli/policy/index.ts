/** `dockgate policy`: try a policy before it bites. */
import type { Argv, CommandModule } from 'yargs';
import { checkCommand } from './check.ts';
import { diffCommand } from './diff.ts';
import { explainCommand } from './explain.ts';
import { learnCommand } from './learn.ts';

export const policyCommand: CommandModule = {
  command: 'policy <command>',
  describe: 'Check, explain, learn and compare policies',
  builder: (yargs: Argv) =>
    yargs
      .command(checkCommand)
      .command(explainCommand)
      .command(learnCommand)
      .command(diffCommand)
      .demandCommand(1, 'name a command of "dockgate policy"'),
  handler: () => undefined,
};
