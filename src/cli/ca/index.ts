import type { Argv, CommandModule } from 'yargs';
import { crlCommand } from './crl.ts';
import { rotateCommand } from './rotate.ts';
import { showCommand } from './show.ts';

/** `dockgate ca`: the authority behind all certificates. */
export const caCommand: CommandModule = {
  command: 'ca',
  describe: 'Show and replace the CA, sign its revocation lists',
  builder: (yargs: Argv) =>
    yargs
      .command(showCommand)
      .command(rotateCommand)
      .command(crlCommand)
      .demandCommand(1, 'name a command: show, rotate or crl'),
  handler: () => undefined,
};
