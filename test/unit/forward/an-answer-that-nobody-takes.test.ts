import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/types.ts';
import type { Outcome } from '../../../src/exchange.ts';
import { createForward } from '../../../src/forward/forward.ts';
import { ALICE } from '../helpers/exchange.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const HALF = Buffer.from('half.');
const notTaken = (): void => undefined;

it('is given up, where its last pieces found a connection that was closed already', async () => {
  const server = http.createServer();
  server.listen(join(temporaryDirectory(), 'gate.sock'));
  await once(server, 'listening');
  const client = net.connect(server.address() as string);
  client.write('GET /info HTTP/1.1\r\nHost: d\r\n\r\n');
  const [request, response] = (await once(server, 'request')) as [
    http.IncomingMessage,
    http.ServerResponse,
  ];
  let aborts = 0;
  let whole: (() => void) | undefined;
  const engine: Pick<Engine, 'call'> = {
    call: () => ({
      body: undefined,
      response: Promise.resolve({
        ...{ status: 200, statusText: 'OK', headers: ['Content-Length', '10'], isFramed: true },
        read: (sink) => {
          sink.piece(HALF, notTaken);
          whole = () => {
            sink.piece(HALF, notTaken);
            sink.end([]);
          };
        },
      }),
      abort: () => {
        aborts += 1;
      },
    }),
  };
  const carried: Promise<Outcome> = createForward(engine as Engine)(
    { connection: ALICE, request, response, takeOver: () => client, expectsContinue: false },
    { upstream: { method: 'GET', target: '/info', headers: [], hasBody: false } },
  );
  await once(client, 'data');
  // Node says that it is closed some turns later, and drops without a word what is written until then.
  request.socket.destroy();
  whole?.();
  const { end } = await carried;
  expect(end).toBe('client-gone');
  expect(aborts).toBeGreaterThan(0);
  server.close();
});
