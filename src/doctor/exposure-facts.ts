import type { NetworkInterfaceInfo } from 'node:os';
import { dialTcp, ping, type Target } from './dial.ts';
import { isDocker } from './docker-answer.ts';
import {
  configFileOf,
  hostArguments,
  hostsInFile,
  type ConfiguredHost,
  type DaemonPort,
  tcpHost,
  type ExposureFacts,
} from './exposure.ts';
import { lookAt } from './file-facts.ts';
import {
  argumentsOf,
  listenersOf,
  processes,
  servesSocket,
  sharesNetwork,
  socketsOf,
} from './processes.ts';

/** A plaintext answer of a local daemon takes milliseconds. */
const PLAINTEXT_MS = 1_000;

/** What this host is, for the question whether a daemon is open to the network. */
export interface Surroundings {
  readonly dockerSocket: string;
  readonly interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
}

/**
 * Looks at every dockerd that serves our socket or shares our network (one inside a container has
 * a network of its own), and asks 2375 and the daemons' ports in plaintext.
 */
export async function lookForExposure(around: Surroundings): Promise<ExposureFacts> {
  const daemons = processes('dockerd').filter(
    ({ pid }) => servesSocket(pid, around.dockerSocket) === true || sharesNetwork(pid),
  );
  const ports = daemons.flatMap(({ pid }) => portsOf(pid));
  const configured =
    daemons.length === 0
      ? fromFile('/etc/docker/daemon.json')
      : daemons.flatMap(({ pid }) => configuredOf(pid));
  const asked = distinct([
    ...localAddresses(around).map((host) => ({ host, port: 2375 })),
    ...[...ports, ...configured.flatMap(({ host }) => tcpHost(host) ?? [])].map(
      ({ address, port }) => ({ host: reachable(address), port }),
    ),
  ]);
  const answers = await Promise.all(asked.map(answersAsDocker));
  const texts = (yes: boolean): string[] =>
    asked.filter((_, at) => answers[at] === yes).map(targetText);
  return {
    configured,
    ports,
    plaintext: texts(true),
    silent: texts(false),
    hidden: daemons.filter(({ pid }) => socketsOf(pid) === undefined).map(({ pid }) => pid),
    daemons: daemons.length,
  };
}

/** A dockerd's own listening sockets; where they are hidden, nobody's on the API's ports is claimed. */
function portsOf(pid: number): DaemonPort[] {
  const sockets = socketsOf(pid);
  if (sockets === undefined) return [];
  return listenersOf(pid)
    .filter(({ inode }) => sockets.has(inode))
    .map(({ address, port }) => ({ address, port, pid }));
}

function configuredOf(pid: number): ConfiguredHost[] {
  const args = argumentsOf(pid);
  const source = `the command line of dockerd (pid ${pid})`;
  const given = hostArguments(args).map((host) => ({
    host,
    source,
    kind: 'command line' as const,
  }));
  return [...given, ...fromFile(configFileOf(args))];
}

function fromFile(file: string): ConfiguredHost[] {
  const { text = '' } = lookAt(file);
  return hostsInFile(text).map((host) => ({ host, source: file, kind: 'file' }));
}

async function answersAsDocker(target: Target): Promise<boolean> {
  try {
    const socket = await dialTcp(target, PLAINTEXT_MS);
    try {
      return isDocker(await ping(socket, PLAINTEXT_MS));
    } finally {
      socket.destroy();
    }
  } catch {
    return false;
  }
}

/** 127.0.0.1 and what else this host is reached by. */
function localAddresses({ interfaces }: Surroundings): string[] {
  const all = Object.values(interfaces).flatMap((entries) => entries ?? []);
  const usable = all.filter((entry) => entry.family === 'IPv4' || entry.scopeid === 0);
  return [...new Set(['127.0.0.1', ...usable.map(({ address }) => address)])];
}

const reachable = (address: string): string =>
  address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address.replace(/^::ffff:/, '');

function distinct(targets: readonly Target[]): Target[] {
  return [...new Map(targets.map((target) => [targetText(target), target])).values()];
}

/** `host:port`, IPv6 in brackets. */
export const targetText = ({ host, port }: Target): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;
