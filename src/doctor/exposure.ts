/** Does the daemon also listen on TCP, past the gate? Then the gate guards nothing. */
import { failed, ok, shortList, skipped, type Check } from './check.ts';

/** Where a daemon is told to listen, and by what. */
export interface ConfiguredHost {
  /** As written: `tcp://0.0.0.0:2375`, `fd://`. */
  readonly host: string;
  /** `the command line of dockerd (pid 4711)`, `/etc/docker/daemon.json`. */
  readonly source: string;
  readonly kind: 'command line' | 'file';
}

/** A TCP port that a dockerd has open. */
export interface DaemonPort {
  readonly address: string;
  readonly port: number;
  readonly pid: number;
}

export interface ExposureFacts {
  readonly configured: readonly ConfiguredHost[];
  /** Ports of every dockerd; swarm, metrics and published ports of containers are among them. */
  readonly ports: readonly DaemonPort[];
  /** `HOST:PORT` where something answered as a Docker daemon, in plaintext. */
  readonly plaintext: readonly string[];
  /** `HOST:PORT` that were asked and did not. */
  readonly silent: readonly string[];
  /** Process ids of dockerds whose sockets this user may not see. */
  readonly hidden: readonly number[];
  /** Number of dockerds found. */
  readonly daemons: number;
}

/** The ports that Docker's API has by convention: plaintext, and TLS. */
export const API_PORTS: ReadonlySet<number> = new Set([2375, 2376]);

const NAME = 'daemon on TCP';

/**
 * Any one sign is enough: an answer in plaintext, a dockerd that has 2375 or 2376 open, a `tcp://`
 * on its command line or in its file. TLS of its own is no excuse: those calls pass the gate's trail,
 * its revocation and its policy. Where a daemon's sockets are hidden and systemd hands them over
 * (`fd://`), nothing is known.
 */
export function checkExposure(facts: ExposureFacts): Check {
  const { configured, ports, plaintext, silent, hidden, daemons } = facts;
  const tcp = configured.filter(({ host }) => host.startsWith('tcp://'));
  const api = ports.filter(({ port }) => API_PORTS.has(port));
  if (plaintext.length > 0) {
    const found = `anybody is root here without a certificate: Docker answers in plaintext at ${shortList(plaintext)}`;
    return failed(NAME, `${found}${sources(tcp)}`, fixFor(tcp, api));
  }
  if (tcp.length > 0 || api.length > 0) {
    const where = tcp.length > 0 ? tcp.map(({ host }) => host) : api.map(portText);
    const found = `the daemon listens past the gate: ${shortList(where)}`;
    return failed(NAME, `${found}${sources(tcp)}`, fixFor(tcp, api));
  }
  const handedOver = configured.some(({ host }) => host.startsWith('fd://'));
  if (hidden.length > 0 && (handedOver || configured.length === 0)) {
    const found = `nothing found, but the sockets of dockerd (pid ${hidden.join(', ')}) are hidden from this user`;
    return skipped(NAME, found, 'run it once as root: sudo dockgate doctor');
  }
  const seen = daemons === 0 ? 'no dockerd is seen here' : 'dockerd has no TCP port for its API';
  const asked = silent.length === 0 ? '' : `, no plaintext answer at ${shortList(silent, 3)}`;
  return ok(NAME, `${seen}${asked}`);
}

function fixFor(tcp: readonly ConfiguredHost[], ports: readonly DaemonPort[]): string {
  const [first] = tcp;
  const restart = 'then: sudo systemctl daemon-reload && sudo systemctl restart docker';
  if (first?.kind === 'file')
    return `remove "${first.host}" from "hosts" in ${first.source}, ${restart}`;
  if (first !== undefined) {
    return `remove "-H ${first.host}" from the command line (sudo systemctl edit --full docker.service), ${restart}`;
  }
  const port = ports[0]?.port;
  const by =
    port === undefined
      ? 'find who listens: sudo ss -ltnp'
      : `systemctl cat docker.socket docker.service shows who opens ${port}`;
  return `${by}; remove that, ${restart}`;
}

const sources = (tcp: readonly ConfiguredHost[]): string => {
  const names = [...new Set(tcp.map(({ source }) => source))];
  return names.length === 0 ? '' : ` (says ${names.join(' and ')})`;
};

const portText = ({ address, port, pid }: DaemonPort): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port} (dockerd, pid ${pid})`;

/** The values of `-H` and `--host` on a dockerd's command line, in every form that it takes. */
export function hostArguments(args: readonly string[]): string[] {
  return valuesOf(args, /^(?:-H|--host)$/, /^(?:--host=|-H=?)(.+)$/);
}

/** The file of `--config-file`; dockerd's default where none is named. */
export function configFileOf(args: readonly string[]): string {
  const [file] = valuesOf(args, /^--config-file$/, /^--config-file=(.+)$/);
  return file ?? '/etc/docker/daemon.json';
}

function valuesOf(args: readonly string[], flag: RegExp, joined: RegExp): string[] {
  return args.flatMap((arg, at) => {
    if (flag.test(arg)) return args[at + 1] ?? [];
    return joined.exec(arg)?.[1] ?? [];
  });
}

/** `hosts` of a daemon.json; none in a file that is no JSON, which dockerd refuses too. */
export function hostsInFile(text: string): string[] {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('hosts' in parsed)) return [];
    return Array.isArray(parsed.hosts)
      ? parsed.hosts.filter((host) => typeof host === 'string')
      : [];
  } catch {
    return [];
  }
}

/**
 * Where a `tcp://` host of dockerd listens: all addresses and 2375 where it leaves them out (opts/hosts.go of
 * docker/cli); undefined for other kinds.
 */
export function tcpHost(
  host: string,
): { readonly address: string; readonly port: number } | undefined {
  const match = /^tcp:\/\/(?:\[([^\]]*)\]|([^:/]*))(?::(\d+))?\/?$/.exec(host);
  if (match === null) return undefined;
  const address = match[1] ?? match[2] ?? '';
  return { address: address === '' ? '0.0.0.0' : address, port: Number(match[3] ?? 2375) };
}
