import os from 'node:os';
import path from 'node:path';
import type { Config, ListenAddress } from '../config/schema.ts';
import type { InitReport } from '../pki/init.ts';
import { reportLines } from './init-report.ts';

/** What the first start tells: where the gate is, and how a client gets there. */
export interface Greeting {
  readonly config: Config;
  readonly addresses: readonly ListenAddress[];
  /** Paths of the unix sockets that it listens on. */
  readonly localSockets: readonly string[];
  readonly report: InitReport | undefined;
  /** Whether the gate runs in a container: paths and names are the container's own there. */
  readonly container: boolean;
}

/**
 * The lines that a person needs next: what to copy to the client's host, and what to type there.
 *
 * @returns text of several lines, ready to print.
 */
export function greeting(said: Greeting): string {
  const { config, addresses, localSockets, report } = said;
  const [socket] = localSockets;
  return [
    ...(report === undefined ? [] : reportLines(report)),
    '',
    ...(addresses.length === 0 && socket !== undefined ? fromHere(said, socket) : fromAfar(said)),
    `Every call is written to ${path.resolve(config.auditLog)}`,
  ].join('\n');
}

/** Where nobody can come from another host. */
function fromHere({ config }: Greeting, socket: string): string[] {
  return [
    `dockgate guards unix://${config.dockerSocket}. To reach it on this host:`,
    '',
    `   export DOCKER_HOST=unix://${socket}`,
    '   docker ps',
    '',
    'From another host nobody can reach it: that takes an address, such as --host tcp://0.0.0.0:2376',
    '',
  ];
}

function fromAfar({ config, addresses, container }: Greeting): string[] {
  const name = config.init?.clients[0] ?? 'admin';
  const source = path.resolve(config.certsDir, 'clients', name);
  const server = reachableAs(config, addresses, container ? 'HOST' : os.hostname());
  return [
    `dockgate guards unix://${config.dockerSocket}. To reach it from another host:`,
    '',
    `1. Copy ${source} there, over a channel that you trust:`,
    ...(container ? outOfContainer(source) : [`   scp -r ${source} CLIENT:.docker/dockgate`]),
    '',
    '2. On that host, either for one shell:',
    `   export DOCKER_HOST=${server} DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=~/.docker/dockgate`,
    '   docker ps',
    '',
    '   or as a context:',
    `   docker context create dockgate --docker "host=${server},ca=$HOME/.docker/dockgate/ca.pem,cert=$HOME/.docker/dockgate/cert.pem,key=$HOME/.docker/dockgate/key.pem"`,
    '   docker --context dockgate ps',
    '',
    ...(server.includes('//HOST:') ? NAMELESS : []),
  ];
}

/** By its short id, which is a container's host name unless somebody gave it another. */
function outOfContainer(source: string): string[] {
  const name = os.hostname();
  const container = /^[0-9a-f]{12}$/.test(name) ? name : 'CONTAINER';
  return [
    `   docker cp ${container}:${source} dockgate-client`,
    '   scp -r dockgate-client CLIENT:.docker/dockgate',
  ];
}

const NAMELESS = [
  'HOST stands for the name or address by which clients dial this host. A container does not know it, and the',
  'certificate has to have it; add it with: dockgate server renew --san HOST',
  '',
];

/** The name that clients dial: what the operator called it, else where it listens, else what the host is called. */
function reachableAs(
  { init }: Config,
  addresses: readonly ListenAddress[],
  hostname: string,
): string {
  const [first] = addresses;
  const port = first?.port ?? 2376;
  const listened = first?.host ?? '0.0.0.0';
  const everywhere = listened === '0.0.0.0' || listened === '::';
  const host = init?.sans[0] ?? (everywhere ? hostname : listened);
  return `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
