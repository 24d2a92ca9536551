/** The doctor's side of the wire: short connections with a deadline, each told apart by what went wrong. */
import http from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { X509Certificate } from 'node:crypto';
import { systemCode } from '../errors.ts';

/** Where a TCP connection goes. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** Who dials, and whom it believes; all PEM. */
export interface Caller {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
}

/** How long one step may take, ms. */
const STEP_MS = 5_000;

/**
 * A TCP connection.
 *
 * @throws an error with the system's code, `ETIMEDOUT` after 5 s.
 */
export function dialTcp({ host, port }: Target, ms = STEP_MS): Promise<net.Socket> {
  const socket = net.connect({ host, port, allowHalfOpen: true });
  return opened(socket, 'connect', ms).then(() => socket);
}

/** A finished handshake, whether or not the other side is who it should be. */
export interface Handshake {
  readonly socket: tls.TLSSocket;
  readonly certificate: X509Certificate | undefined;
  /** Why the certificate does not lead to `ca`, as OpenSSL says it; undefined where it does. */
  readonly problem: string | undefined;
}

/**
 * TLS over a connection. The handshake is finished even with a stranger, so that it can be said
 * what was shown. Before anything is sent the caller has to look: either there is no `problem` and
 * the certificate is for this host, or it is the very certificate that was expected.
 *
 * @throws an error with the system's or OpenSSL's code, `ETIMEDOUT` after 5 s.
 */
export async function startTls(
  raw: net.Socket,
  { ca, cert, key }: Caller,
  host: string,
): Promise<Handshake> {
  const socket = tls.connect({
    socket: raw,
    ca,
    cert,
    key,
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    ...(net.isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: false,
  });
  await opened(socket, 'secureConnect', STEP_MS);
  // Errors that come later show as the end of what is under way.
  socket.on('error', () => undefined);
  const problem = socket.authorized ? undefined : String(socket.authorizationError);
  return { socket, certificate: socket.getPeerX509Certificate(), problem };
}

/** Leaves a connection in order, so that the other side takes it for neither an error nor an attack. */
export function leave(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => socket.destroy(), LEAVE_MS);
    socket.once('close', () => {
      clearTimeout(late);
      resolve();
    });
    socket.resume().end();
  });
}

const LEAVE_MS = 1_000;

/** An answer, its body cut at 64 KiB. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

const MAX_BODY = 64 * 1024;

/** What is asked for; by default the daemon's ping. */
export interface Asked {
  readonly path: string;
  readonly host: string;
}

const PING: Asked = { path: '/_ping', host: 'docker' };

/**
 * One GET over a connection, or to a unix socket.
 *
 * @throws an error with the system's or the parser's code, `ETIMEDOUT` after 5 s.
 */
export function ping(
  over: Duplex | { readonly socketPath: string },
  ms = STEP_MS,
  { path, host } = PING,
): Promise<Answer> {
  const way = 'socketPath' in over ? over : { createConnection: () => over };
  return new Promise((resolve, reject) => {
    const request = http.request({
      ...way,
      method: 'GET',
      path,
      headers: { Host: host, 'User-Agent': 'dockgate-doctor', Connection: 'close' },
    });
    const late = setTimeout(() => request.destroy(timedOut()), ms);
    request.on('error', reject);
    request.on('close', () => {
      clearTimeout(late);
    });
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        if (body.length < MAX_BODY) body += chunk;
      });
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    request.end();
  });
}

/** Why this host could not listen on an address now; undefined where it could. */
export function whyNotListen({ host, port }: Target): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', (error) => {
      resolve(systemCode(error));
    });
    server.listen({ host, port }, () => {
      server.close(() => {
        resolve(undefined);
      });
    });
  });
}

function opened(socket: net.Socket, event: string, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => socket.destroy(timedOut()), ms);
    const settle = (done: () => void) => {
      clearTimeout(late);
      socket.off('error', onError).off('close', onClose);
      done();
    };
    const onError = (error: Error): void => {
      settle(() => {
        reject(error);
      });
    };
    const onClose = (): void => {
      settle(() => {
        reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
      });
    };
    socket.once('error', onError).once('close', onClose);
    socket.once(event, () => {
      settle(resolve);
    });
  });
}

const timedOut = (): Error => Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' });
