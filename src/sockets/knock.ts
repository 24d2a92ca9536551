import net from 'node:net';

/**
 * Connects to a unix socket and hangs up, to find out whether somebody listens there. The one place outside engine/
 * and the doctor that dials.
 *
 * @returns undefined where somebody does, else the system's word for why it did not work (`ECONNREFUSED`: nobody).
 */
export function knock(socket: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const attempt = net.connect({ path: socket });
    attempt.once('connect', () => {
      attempt.destroy();
      resolve(undefined);
    });
    attempt.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
  });
}
