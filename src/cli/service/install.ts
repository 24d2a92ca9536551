/** `dockgate service install`: user, settings and units, and the gate runs. */
import fs from 'node:fs';
import path from 'node:path';
import type { Argv, ArgumentsCamelCase } from 'yargs';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { CommandError } from '../../errors.ts';
import { lookAtHost } from '../../service/host.ts';
import { planInstall } from '../../service/install.ts';
import { differing } from '../../service/packaged.ts';
import { placesBelow } from '../../service/places.ts';
import { requireSingle } from '../pki-options.ts';
import { follow, PLAN_OPTIONS, type PlanArguments } from './plan.ts';

interface InstallArguments extends PlanArguments {
  host: string[] | undefined;
  san: string[] | undefined;
  'docker-host': string | undefined;
  socket: boolean;
  'no-start': boolean;
}

export function builder(yargs: Argv): Argv<InstallArguments> {
  return yargs
    .options({
      host: {
        alias: 'H',
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'Address to listen on; repeatable; goes into the settings',
        defaultDescription: 'tcp://0.0.0.0:2376',
      },
      san: {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'Name or address that clients dial; repeatable; goes into the settings',
      },
      'docker-host': {
        type: 'string',
        requiresArg: true,
        describe: 'The daemon behind; goes into the settings',
        defaultDescription: 'unix:///var/run/docker.sock',
      },
      socket: {
        type: 'boolean',
        default: false,
        describe: 'Let systemd hold the port (socket activation)',
      },
      'no-start': {
        type: 'boolean',
        default: false,
        describe: 'Do not start it now; it starts with the host',
      },
      ...PLAN_OPTIONS,
    })
    .example('sudo $0 service install --san docker.example.org', 'the name that clients dial')
    .example('$0 service install --dry-run', 'what it would write and run');
}

export function handler(argv: ArgumentsCamelCase<InstallArguments>): void {
  requireSingle(argv, ['host', 'san']);
  const places = placesBelow(path.resolve(argv.root));
  const settings = settingsOf(argv);
  const config = configOf(places.settings, settings);
  const node = fs.realpathSync(process.execPath);
  const program = programPath();
  const host = lookAtHost({
    // Of a host that is being put together nothing runs.
    dockerSocket: places.root === '/' ? config.dockerSocket : undefined,
    places,
    programs: [node, program],
  });
  const { shutdownTimeoutMs } = config;
  const { socket: socketActivation, noStart } = argv;
  const plan = planInstall(host, places, {
    node: withinRoot(node, places.root),
    program: withinRoot(program, places.root),
    ...{ shutdownTimeoutMs, socketActivation, start: !noStart, ports: portsOf(config) },
    settings: host.hasSettings ? differing(places.settings, settings) : settings,
  });
  follow(plan, argv);
}

function settingsOf({ host, san, dockerHost, socket }: ArgumentsCamelCase<InstallArguments>) {
  if (socket && host !== undefined) {
    throw new CommandError(
      'USAGE',
      '--socket and --host exclude each other',
      'with --socket the addresses stand in dockgate.socket: systemctl edit dockgate.socket',
    );
  }
  const hosts = socket ? ['fd://'] : host;
  return {
    ...(hosts !== undefined && { host: hosts }),
    ...(san !== undefined && { san }),
    ...(dockerHost !== undefined && { 'docker-host': dockerHost }),
  };
}

/** The port of dockgate.socket is not in the settings. */
function portsOf({ listen, inherited }: Config): number[] {
  const ports = [
    ...listen.filter(({ host }) => !LOOPBACK.has(host)).map(({ port }) => port),
    ...(inherited.length > 0 ? [SOCKET_UNIT_PORT] : []),
  ];
  return [...new Set(ports)];
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);
/** ListenStream= of the unit. */
const SOCKET_UNIT_PORT = 2376;

/** As the service will find it, without this shell's environment. Wrong settings are told now, not by a failing unit. */
function configOf(file: string, settings: Readonly<Record<string, unknown>>): Config {
  return loadConfig(fs.existsSync(file) ? { config: file } : settings, {});
}

/** Where this program really is, behind the links that npm makes. */
function programPath(): string {
  return fs.realpathSync(process.argv[1] ?? '');
}

/** A file of a host that is being put together, by the name that it has once that host runs. */
function withinRoot(file: string, root: string): string {
  return root !== '/' && file.startsWith(`${root}/`) ? file.slice(root.length) : file;
}
