import type { Server } from 'node:net';
import type { ListenAddress } from '../config/schema.ts';
import { CommandError, systemCode } from '../errors.ts';

/**
 * Opens a server on an address.
 *
 * @returns the address with the port that was taken (which differs where 0 was asked for).
 * @throws CommandError `LISTEN_FAILED`.
 */
export function listen(server: Server, { host, port }: ListenAddress): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      reject(explain(error, `tcp://${addressText({ host, port })}`, port));
    };
    server.once('error', onError);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', onError);
      const address = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : port;
      resolve({ host, port: taken });
    });
  });
}

/** `host:port`, IPv6 in brackets. */
export function addressText({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function explain(error: Error, address: string, port: number): CommandError {
  const code = systemCode(error);
  const hints: Readonly<Record<string, string>> = {
    EADDRINUSE: `another process listens there; "ss -ltnp sport = :${port}" shows which, --host takes another port`,
    EACCES: 'a port below 1024 needs CAP_NET_BIND_SERVICE; --host takes another port',
    EADDRNOTAVAIL: 'this host has no such address; "ip addr" lists those it has',
    ENOTFOUND: 'the name does not resolve; give an address of this host with --host',
  };
  return new CommandError(
    'LISTEN_FAILED',
    `cannot listen on ${address}: ${code}`,
    hints[code] ?? 'give another address with --host',
    { cause: error },
  );
}
