import type { CommandGroup } from '../command.ts';

/** `dockgate client`: who may come in. */
export const clientCommand: CommandGroup = {
  command: 'client',
  describe: 'Make, list, renew, withdraw and hand out the certificates of users',
  commands: [
    {
      command: 'add <name>',
      describe: 'Make a user: a key and a certificate, or a certificate for their own key',
      load: () => import('./add.ts'),
    },
    {
      command: 'list',
      describe: 'List the certificates of users, and what became of them',
      load: () => import('./list.ts'),
    },
    {
      command: 'show <name>',
      describe: 'Show the certificates of one user in full',
      load: () => import('./show.ts'),
    },
    {
      command: 'renew <name>',
      describe: 'Give a user a new key and certificate; the old one ends after a grace period',
      load: () => import('./renew.ts'),
    },
    {
      command: 'revoke [name]',
      describe: 'Withdraw all certificates of a user, or one by its serial number',
      load: () => import('./revoke.ts'),
    },
    {
      command: 'export <name>',
      describe: 'Hand out what a user needs to come in',
      load: () => import('./export.ts'),
    },
  ],
};
