import type { CommandGroup } from '../command.ts';

/** `dockgate audit …`: reads the trail. */
export const auditCommand: CommandGroup = {
  command: 'audit <command>',
  describe: 'Read and verify the audit trail',
  commands: [
    {
      command: 'query',
      describe: 'Find calls, newest first',
      load: () => import('./query.ts'),
    },
    {
      command: 'tail',
      describe: 'Show the last calls, and those to come',
      load: () => import('./tail.ts'),
    },
    {
      command: 'stats',
      describe: 'Count calls by user, action and hour',
      load: () => import('./stats.ts'),
    },
    {
      command: 'show <id>',
      describe: 'Show one call, and what else happened to its container',
      load: () => import('./show.ts'),
    },
    {
      command: 'verify [files..]',
      describe: 'Find out whether the trail is as it was written',
      load: () => import('./verify.ts'),
    },
  ],
};
