import type { Argv, CommandModule } from 'yargs';
import { installCommand } from './install.ts';
import { statusCommand } from './status.ts';
import { uninstallCommand } from './uninstall.ts';

/** `dockgate service`: the gate under systemd. */
export const serviceCommand: CommandModule = {
  command: 'service',
  describe: 'Run the gate as a service of systemd',
  builder: (yargs: Argv) =>
    yargs
      .command(installCommand)
      .command(uninstallCommand)
      .command(statusCommand)
      .demandCommand(1, 'name a command: install, uninstall or status'),
  handler: () => undefined,
};
