import type { Argv, CommandModule } from 'yargs';
import { addCommand } from './add.ts';
import { exportCommand } from './export.ts';
import { listCommand } from './list.ts';
import { renewCommand } from './renew.ts';
import { revokeCommand } from './revoke.ts';
import { showCommand } from './show.ts';

/** `dockgate client`: who may come in. */
export const clientCommand: CommandModule = {
  command: 'client',
  describe: 'Make, list, renew, withdraw and hand out the certificates of users',
  builder: (yargs: Argv) =>
    yargs
      .command(addCommand)
      .command(listCommand)
      .command(showCommand)
      .command(renewCommand)
      .command(revokeCommand)
      .command(exportCommand)
      .demandCommand(1, 'name a command: add, list, show, renew, revoke or export'),
  handler: () => undefined,
};
