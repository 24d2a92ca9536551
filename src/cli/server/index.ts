import type { Argv, CommandModule } from 'yargs';
import { renewCommand } from './renew.ts';
import { showCommand } from './show.ts';

/** `dockgate server`: the listener's own certificate. */
export const serverCommand: CommandModule = {
  command: 'server',
  describe: "Show and renew the listener's own certificate",
  builder: (yargs: Argv) =>
    yargs
      .command(showCommand)
      .command(renewCommand)
      .demandCommand(1, 'name a command: show or renew'),
  handler: () => undefined,
};
