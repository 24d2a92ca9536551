import type { CommandModule } from 'yargs';
import { queryCommand } from './query.ts';
import { showCommand } from './show.ts';
import { statsCommand } from './stats.ts';
import { tailCommand } from './tail.ts';
import { verifyCommand } from './verify.ts';

/** `dockgate audit …`: reads the trail. */
export const auditCommand: CommandModule = {
  command: 'audit <command>',
  describe: 'Read and verify the audit trail',
  builder: (yargs) =>
    yargs
      .command(queryCommand)
      .command(tailCommand)
      .command(statsCommand)
      .command(showCommand)
      .command(verifyCommand)
      .demandCommand(1, 'name a command: query, tail, stats, show or verify'),
  handler: () => undefined,
};
