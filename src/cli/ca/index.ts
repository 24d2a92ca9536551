import type { CommandGroup } from '../command.ts';

/** `dockgate ca`: the authority behind all certificates. */
export const caCommand: CommandGroup = {
  command: 'ca',
  describe: 'Show and replace the CA, sign its revocation lists',
  commands: [
    {
      command: 'show',
      describe: 'Show the CAs that are trusted, their revocation lists, and how a rotation stands',
      load: () => import('./show.ts'),
    },
    {
      command: 'rotate',
      describe: 'Replace the CA without an outage: begin, wait for users, switch, drop the old one',
      load: () => import('./rotate.ts'),
    },
    {
      command: 'crl',
      describe: 'Sign the revocation lists anew; every command that signs does this, too',
      load: () => import('./crl.ts'),
    },
  ],
};
