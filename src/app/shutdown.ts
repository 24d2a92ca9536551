import type { Server, Socket } from 'node:net';
import type { Listener } from '../listener/http-server.ts';
import type { InFlight } from './in-flight.ts';

/** What has to end when a gate stops. */
interface Running {
  readonly listeners: ReadonlySet<Listener>;
  /** Every open TCP connection of the servers. */
  readonly sockets: ReadonlySet<Socket>;
  readonly inFlight: InFlight;
  readonly graceMs: number;
}

/**
 * Stops accepting at once, lets the calls in flight finish within the grace, then cuts what is
 * left. Resolves when every call has its line and every connection is closed.
 */
export async function stopServers({
  listeners,
  sockets,
  inFlight,
  graceMs,
}: Running): Promise<void> {
  const closed = [...listeners].map(({ server }) => closeServer(server));
  const closeIdle = (): void => {
    for (const { server } of listeners) server.closeIdleConnections();
  };
  // A keep-alive connection becomes idle a moment after its last answer.
  inFlight.onEnd = () => setImmediate(closeIdle);
  closeIdle();
  await within(graceMs, inFlight.idle());
  inFlight.cut();
  for (const socket of sockets) socket.destroy();
  await inFlight.idle();
  await Promise.all(closed);
}

/** Resolves when no connection is open. */
export async function whenEmpty(sockets: ReadonlySet<Socket>): Promise<void> {
  while (sockets.size > 0) {
    const [socket] = sockets;
    await new Promise<void>((resolve) => socket?.once('close', resolve));
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // Not running is as good as closed.
    server.close(() => {
      resolve();
    });
  });
}

/** Resolves with `done`, or after `ms`. */
async function within(ms: number, done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([done, late]);
  clearTimeout(timer);
}
