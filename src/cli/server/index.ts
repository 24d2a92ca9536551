import type { CommandGroup } from '../command.ts';

/** `dockgate server`: the listener's own certificate. */
export const serverCommand: CommandGroup = {
  command: 'server',
  describe: "Show and renew the listener's own certificate",
  commands: [
    {
      command: 'show',
      describe: "Show the listener's certificate: names, dates, issuer",
      load: () => import('./show.ts'),
    },
    {
      command: 'renew',
      describe: 'Make a new key and certificate with the same names, and those that are added',
      load: () => import('./renew.ts'),
    },
  ],
};
