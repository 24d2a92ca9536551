import type { Server } from 'node:net';

/** Resolves when a server listens, rejects with the system's error where it cannot. To be called before `listen`. */
export function listening(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void): void => {
      server.off('error', onError).off('listening', onListening);
      done();
    };
    const onError = (error: Error): void => {
      settle(() => {
        reject(error);
      });
    };
    const onListening = (): void => {
      settle(resolve);
    };
    server.once('error', onError).once('listening', onListening);
  });
}
