import type { CommandGroup } from '../command.ts';

/** `dockgate service`: the gate under systemd. */
export const serviceCommand: CommandGroup = {
  command: 'service',
  describe: 'Run the gate as a service of systemd',
  commands: [
    {
      command: 'install',
      describe: 'Write and enable the units, make the user, start the gate',
      load: () => import('./install.ts'),
    },
    {
      command: 'uninstall',
      describe: 'Stop the gate and remove the units; certificates, trail and settings stay',
      load: () => import('./uninstall.ts'),
    },
    {
      command: 'status',
      describe: 'Show how the service is; exit with 0 when it is active',
      load: () => import('./status.ts'),
    },
  ],
};
