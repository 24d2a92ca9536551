import type { Server } from 'node:net';
import type { ListenAddress } from '../config/schema.ts';
import { CommandError, systemCode } from '../errors.ts';
import { refusal, type Inherited } from '../sockets/inherited.ts';
import { listening } from '../sockets/listening.ts';

/**
 * Opens a server on an address, or on a descriptor that is open there already.
 *
 * @param fd of a socket that listens on the address.
 * @param flag where the address is from, for hints.
 * @returns the address with the port that was taken (which differs where 0 was asked for).
 * @throws CommandError `LISTEN_FAILED`.
 */
export async function listen(
  server: Server,
  { host, port }: ListenAddress,
  fd?: number,
  flag = '--host',
): Promise<ListenAddress> {
  const opened = listening(server);
  server.listen({ ...(fd === undefined ? { host, port } : { fd }), backlog: BACKLOG });
  try {
    await opened;
  } catch (error) {
    throw explain(error, { host, port }, flag);
  }
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  return { host, port: taken };
}

const BACKLOG = 1024;

/**
 * Opens a server on a descriptor.
 *
 * @returns its address; undefined where that is none of IP.
 * @throws CommandError `LISTEN_FAILED`.
 */
export async function listenOn(
  server: Server,
  inherited: Inherited,
): Promise<ListenAddress | undefined> {
  const opened = listening(server);
  try {
    server.listen({ fd: inherited.fd, backlog: BACKLOG });
    await opened;
  } catch (error) {
    const hint = 'a socket unit with ListenStream= and Accept=no hands over what is needed';
    throw refusal(inherited, `it does not listen: ${systemCode(error)}`, hint);
  }
  const address = server.address();
  if (typeof address !== 'object' || address === null) return undefined;
  return { host: address.address, port: address.port };
}

/** `host:port`, IPv6 in brackets. */
export function addressText({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Ports that need a right: below net.ipv4.ip_unprivileged_port_start, by default. */
const FIRST_FREE_PORT = 1024;

function deniedHint(port: number, flag: string): string {
  if (port < FIRST_FREE_PORT) {
    return `a port below 1024 needs CAP_NET_BIND_SERVICE (a service: AmbientCapabilities=, docs/systemd.md); ${flag} takes another port`;
  }
  return `SELinux or a sandbox forbids it: "ausearch -m avc -ts recent" tells; ${flag} takes another port`;
}

function explain(error: unknown, address: ListenAddress, flag: string): CommandError {
  const code = systemCode(error);
  const hints: Readonly<Record<string, string>> = {
    EADDRINUSE: `another process listens there; "ss -ltnp sport = :${address.port}" shows which, ${flag} takes another port`,
    EACCES: deniedHint(address.port, flag),
    EADDRNOTAVAIL: 'this host has no such address; "ip addr" lists those it has',
    ENOTFOUND: `the name does not resolve; give an address of this host with ${flag}`,
  };
  return new CommandError(
    'LISTEN_FAILED',
    `cannot listen on tcp://${addressText(address)}: ${code}`,
    hints[code] ?? `give another address with ${flag}`,
    { cause: error },
  );
}
