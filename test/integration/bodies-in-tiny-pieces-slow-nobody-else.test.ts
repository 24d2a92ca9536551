import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { requestsInTurns } from '../../src/listener/patient-request.ts';
import { Turnstile } from '../../src/listener/turnstile.ts';
import { useGate } from '../support/gate.ts';

const start = useGate();

const HEAD = 'Host: d\r\nTransfer-Encoding: chunked\r\n\r\n';
const COUNT = 50_000;
/** As many different bytes as there are, each in a chunk of its own. */
const BODY = Buffer.from(Array.from({ length: COUNT }, (_, at) => at % 256));
const CHUNKS = Buffer.concat(
  Array.from(BODY, (_, at) => [
    Buffer.from('1\r\n'),
    BODY.subarray(at, at + 1),
    Buffer.from('\r\n'),
  ]).flat(),
);

describe('a body in chunks of one byte', () => {
  it('goes up whole, in few chunks', async () => {
    const { daemon, connect, audit } = await start();
    let pieces = 0;
    let body = Buffer.alloc(0);
    daemon.on('POST /images/load', async (call) => {
      const parts: Buffer[] = [];
      for await (const part of call.body) parts.push(part);
      pieces = parts.length;
      body = Buffer.concat(parts);
      await call.answer(200, []);
    });
    const client = await connect();
    await client.send(`POST /images/load HTTP/1.1\r\n${HEAD}`);
    void client.send(Buffer.concat([CHUNKS, Buffer.from('0\r\n\r\n')]));

    expect((await client.readAnswer('POST')).status).toBe(200);
    expect(body.equals(BODY)).toBe(true);
    expect(pieces).toBeLessThan(100);
    expect(await audit.next({ event: 'call', action: 'image.load' })).toMatchObject({
      bytes_in: COUNT,
    });
  });

  it('is read whole where it has to be read', async () => {
    const { daemon, connect } = await start({ bodyNeeds: { policy: true, auditDetail: false } });
    const bodies: Buffer[] = [];
    daemon.on('POST /containers/create', async (call) => {
      bodies.push(await call.body.readAll());
      await call.answer(201, []);
    });
    const client = await connect();
    const json = `{"Image":"${'x'.repeat(5_000)}"}`;
    const chunks = Array.from(json, (letter) => `1\r\n${letter}\r\n`).join('');
    const type = 'Content-Type: application/json\r\n';
    await client.send(`POST /containers/create HTTP/1.1\r\n${type}${HEAD}${chunks}0\r\n\r\n`);

    expect((await client.readAnswer('POST')).status).toBe(201);
    expect(bodies.map(String)).toEqual([json]);
  });

  it('is followed by the next call of its connection', async () => {
    const { daemon, connect } = await start();
    daemon.on('POST /images/load', async (call) => {
      await call.body.readAll();
      await call.answer(200, []);
    });
    daemon.on('GET /_ping', (call) => call.answer(200, []));
    const client = await connect();
    const load = `POST /images/load HTTP/1.1\r\n${HEAD}`;
    void client.send(
      `${load}${CHUNKS.toString('latin1')}0\r\n\r\nGET /_ping HTTP/1.1\r\nHost: d\r\n\r\n`,
    );
    expect((await client.readAnswer('POST')).status).toBe(200);
    expect((await client.readAnswer('GET')).status).toBe(200);
  });
});

/** What Node reads of a connection at a time. */
const READ_BYTES = 64 * 1024;
const PIECES_OF_A_READ = Math.ceil(READ_BYTES / '1\r\nx\r\n'.length) + 1;
const CONNECTIONS = 3;

it('has one read done of all that are known for such bodies in a round of the event loop', async () => {
  let pieces = 0;
  let most = 0;
  const InTurns = requestsInTurns(new Turnstile());
  class Counted extends InTurns {
    override push(piece: Buffer | null): boolean {
      pieces += 1;
      return super.push(piece);
    }
  }
  const server = http.createServer({ IncomingMessage: Counted }, (request, response) => {
    request.resume().once('end', () => {
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let round: NodeJS.Immediate;
  const count = (): void => {
    most = Math.max(most, pieces);
    pieces = 0;
    round = setImmediate(count);
  };
  round = setImmediate(count);
  const answers: Promise<unknown>[] = [];
  for (let at = 0; at < CONNECTIONS; at += 1) {
    const known = once(server, 'request');
    const socket = net.connect(port, '127.0.0.1');
    socket.write(`POST / HTTP/1.1\r\nConnection: close\r\n${HEAD}`);
    for (let times = 0; times < 2; times += 1) socket.write(CHUNKS);
    socket.write('0\r\n\r\n');
    answers.push(once(socket.resume(), 'end').then(() => socket.end()));
    // The first read of a connection is of one who is not known yet.
    await known;
  }
  await Promise.all(answers);
  clearImmediate(round);
  server.close();
  expect(most).toBeLessThanOrEqual(2 * PIECES_OF_A_READ);
});
