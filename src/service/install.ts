import { CommandError } from '../errors.ts';
import type { HostFacts, SocketFacts } from './host.ts';
import { serviceUnit, settingsFile, socketUnit, userFile } from './packaged.ts';
import { KEPT, type Places } from './places.ts';
import type { Plan, Step } from './step.ts';

export interface InstallOptions {
  /** Absolute paths of Node.js and of dockgate's main.js. */
  readonly node: string;
  readonly program: string;
  /** Settings that the file starts with; where it is there, those that it says otherwise. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** How long calls in flight may take to finish, ms: by the settings that are there. */
  readonly shutdownTimeoutMs: number;
  /** Ports that clients of other hosts come to: by the settings that are there. */
  readonly ports: readonly number[];
  /** Whether systemd holds the port. */
  readonly socketActivation: boolean;
  /** Whether the service starts now, besides with the host. */
  readonly start: boolean;
}

const DOCKER_GROUP = 'docker';

/**
 * What it takes to make dockgate a service: user, settings, units. Settings that are there stay as they are. In doubt
 * about who could get hold of the daemon by it, nothing is installed.
 *
 * @throws CommandError `SERVICE_IMPOSSIBLE`, `USAGE`.
 */
export function planInstall(host: HostFacts, places: Places, options: InstallOptions): Plan {
  requireSystemd(host, places);
  const { unsafe, dockerSocket } = host;
  if (unsafe !== undefined) throw unsafeProgram(unsafe);
  const given = Object.keys(options.settings);
  if (host.hasSettings && given.length > 0) throw settingsAreThere(places, given);
  const group = dockerSocket === undefined ? DOCKER_GROUP : groupOf(dockerSocket);
  const unit = serviceUnit({ ...options, group });
  return {
    steps: [
      write(places.user, userFile(group)),
      ...(host.hasSettings ? [] : [write(places.settings, settingsFile(options.settings))]),
      write(places.service, unit),
      write(places.socket, socketUnit()),
      ...commands(places, options),
    ],
    notes: notes(host, places, options, unit),
  };
}

/** Takes away what {@link planInstall} brought, but for what cannot be made again. */
export function planUninstall(host: HostFacts, places: Places): Plan {
  requireSystemd(host, places);
  const live = places.root === '/';
  const disable = ['disable', ...(live ? ['--now'] : []), 'dockgate.socket', 'dockgate.service'];
  return {
    steps: [
      { do: 'run', command: systemctl(places, ...disable), mayFail: true },
      ...[places.service, places.socket, places.user].map((path): Step => ({ do: 'remove', path })),
      ...(live ? [run('systemctl', 'daemon-reload')] : []),
    ],
    notes: [
      `left as they are: certificates, trail and settings in ${KEPT.join(', ')}, and the user dockgate`,
      `to remove them too, for good: rm -r ${KEPT.join(' ')}; userdel dockgate`,
    ],
  };
}

function commands(places: Places, { socketActivation, start }: InstallOptions): Step[] {
  const units = ['dockgate.service', ...(socketActivation ? ['dockgate.socket'] : [])];
  if (places.root !== '/') {
    return [
      run('systemd-sysusers', `--root=${places.root}`, 'dockgate.conf'),
      { do: 'run', command: systemctl(places, 'enable', ...units) },
    ];
  }
  return [
    run('systemd-sysusers', 'dockgate.conf'),
    run('systemctl', 'daemon-reload'),
    run('systemctl', 'enable', ...units),
    // The socket first: a service that is up already holds the port.
    ...(start ? units.reverse().map((unit) => run('systemctl', 'start', unit)) : []),
  ];
}

function notes(
  host: HostFacts,
  places: Places,
  { start, ports }: InstallOptions,
  unit: string,
): string[] {
  return [
    ...(host.hasSettings ? [`${places.settings} was there already and stays as it is`] : []),
    ...(host.dockerSocket === undefined
      ? [`the daemon's socket is not there yet; the group ${DOCKER_GROUP} is taken for its group`]
      : []),
    ...(host.hasFirewalld && ports.length > 0 ? [openPorts(ports)] : []),
    ...(host.unit !== undefined && host.unit !== unit
      ? ['the unit has changed; to put it into force: systemctl restart dockgate']
      : []),
    'how it is: dockgate service status; what it says: journalctl -u dockgate',
    ...(start && !host.hasSettings
      ? [
          'its first client is in /var/lib/dockgate/certs/clients/admin: copy these files to whom may be root here',
        ]
      : []),
  ];
}

function openPorts(ports: readonly number[]): string {
  const flags = ports.map((port) => `--add-port=${port}/tcp`).join(' ');
  return `firewalld is here; to let clients in: firewall-cmd --permanent ${flags} && firewall-cmd --reload`;
}

const systemctl = (places: Places, ...words: string[]): [string, ...string[]] =>
  places.root === '/' ? ['systemctl', ...words] : ['systemctl', `--root=${places.root}`, ...words];

const run = (program: string, ...words: string[]): Step => ({
  do: 'run',
  command: [program, ...words],
});

const write = (path: string, text: string): Step => ({ do: 'write', path, mode: 0o644, text });

function requireSystemd(host: HostFacts, places: Places): void {
  if (host.hasSystemd || places.root !== '/') return;
  throw new CommandError(
    'SERVICE_IMPOSSIBLE',
    'systemd does not run this host (there is no /run/systemd/system)',
    'run "dockgate serve" under the supervisor that is here, or the container image; --root DIR prepares an image',
  );
}

function unsafeProgram(reason: string): CommandError {
  return new CommandError(
    'SERVICE_IMPOSSIBLE',
    `not run as a service from here: ${reason}`,
    'install Node.js and dockgate for the whole host, as root: npm run package, then npm install --global ./dockgate-VERSION.tgz',
  );
}

function settingsAreThere({ settings }: Places, given: readonly string[]): CommandError {
  return new CommandError(
    'USAGE',
    `${settings} is there already and says otherwise: ${given.join(', ')}`,
    'edit it, then: systemctl restart dockgate; without these flags only the units are written',
  );
}

const READ_AND_WRITE = 0o060;

/** The group that makes its members equal to the daemon's own user. */
function groupOf({ path, uid, gid, group, mode }: SocketFacts): string {
  if (gid !== 0 && group !== undefined && (mode & READ_AND_WRITE) === READ_AND_WRITE) return group;
  const named = group ?? `${gid}, which has no name here,`;
  throw new CommandError(
    'SERVICE_IMPOSSIBLE',
    `${path} belongs to user ${uid} and group ${named} with mode ${mode.toString(8).padStart(4, '0')}, so no service user can be let in`,
    'give it a group of its own: add "group": "docker" to /etc/docker/daemon.json, then systemctl restart docker',
  );
}
