import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectSocket, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import type { Endpoint } from './world.ts';

/** The three files of a DOCKER_CERT_PATH. */
export function credentials(certPath: string): { ca: Buffer; cert: Buffer; key: Buffer } {
  const read = (name: string): Buffer => readFileSync(join(certPath, `${name}.pem`));
  return { ca: read('ca'), cert: read('cert'), key: read('key') };
}

/** A plain connection to an endpoint, to speak to it by hand. */
export async function connectTo({ address }: Endpoint): Promise<Socket> {
  if ('socketPath' in address) {
    const socket = connectSocket({ path: address.socketPath, allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  }
  const { host, port, certPath } = address;
  const socket = connectTls({ host, port, ...credentials(certPath) });
  await once(socket, 'secureConnect');
  return socket;
}
