import { once } from 'node:events';
import { connect as connectHttp2, constants, type ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** The answer to one gRPC call: the status of its trailers and the message in its first frame. */
export interface GrpcAnswer {
  readonly status: string;
  readonly message: Buffer;
}

/**
 * Asks for HTTP/2 on `path` as BuildKit's clients do (POST with `Upgrade: h2c`), waits for the 101,
 * and speaks HTTP/2 on the same connection.
 */
export async function upgradeToH2c(socket: Socket, path: string): Promise<ClientHttp2Session> {
  socket.write(
    [`POST ${path} HTTP/1.1`, 'Host: docker', 'Connection: Upgrade', 'Upgrade: h2c', '', ''].join(
      '\r\n',
    ),
  );
  const head = await readHead(socket);
  if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(`not upgraded: ${head}`);
  return connectHttp2('http://docker', { createConnection: () => socket });
}

/** Calls a gRPC method that takes one message and answers with one. */
export async function callGrpc(
  session: ClientHttp2Session,
  method: string,
  message: Buffer = Buffer.alloc(0),
): Promise<GrpcAnswer> {
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: method,
    [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
    [constants.HTTP2_HEADER_TE]: 'trailers',
  });
  const trailers = once(stream, 'trailers') as Promise<[Record<string, string | undefined>]>;
  stream.end(frame(message));
  const body = await buffer(stream);
  const [{ 'grpc-status': status = 'none' }] = await trailers;
  return { status, message: body.subarray(FRAME_HEAD) };
}

/** gRPC's length-prefixed message: a byte for compression, four for the length. */
const FRAME_HEAD = 5;

function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Reads up to the end of the response head and puts back what follows it. */
function readHead(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk]);
      const end = seen.indexOf(END_OF_HEAD);
      if (end === -1) return;
      socket.off('data', onData).off('close', onClose).pause();
      socket.unshift(seen.subarray(end + END_OF_HEAD.length));
      resolve(seen.subarray(0, end).toString('latin1'));
    };
    const onClose = (): void => {
      reject(new Error(`closed after: ${seen.toString('latin1')}`));
    };
    socket.on('data', onData).on('close', onClose);
  });
}

const END_OF_HEAD = '\r\n\r\n';
