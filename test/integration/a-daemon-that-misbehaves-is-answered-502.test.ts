import { expect, it } from 'vitest';
import type { DaemonCall } from '../support/fake/daemon-call.ts';
import { useGate } from '../support/gate.ts';
import { EXEC_START, upgradeBytes } from '../support/raw/hijack-client.ts';
import { headerValue } from '../support/raw/response-reader.ts';

const start = useGate();

const TROUBLE: Readonly<Record<string, (call: DaemonCall) => unknown>> = {
  'closes before it answers': (call) => {
    call.breakOff();
  },
  'closes in the middle of the status line': async (call) => {
    await call.raw('HTTP/1.1 20');
    call.breakOff();
  },
  'closes in the middle of a header': async (call) => {
    await call.raw('HTTP/1.1 200 OK\r\nContent-Le');
    call.breakOff();
  },
  'closes before the end of the head': async (call) => {
    await call.raw('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n');
    call.breakOff();
  },
  'closes behind an interim answer': async (call) => {
    await call.interim(103);
    call.breakOff();
  },
  'answers garbage': (call) => call.raw('\x16\x03\x01 this is no HTTP at all\r\n\r\n'),
  'answers with two different lengths': (call) =>
    call.raw('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx'),
};

describeTrouble('an ordinary call', 'GET /info HTTP/1.1\r\nHost: d\r\n\r\n', 'GET');
describeTrouble('an upgrade', upgradeBytes(EXEC_START), 'POST');

function describeTrouble(what: string, request: Buffer | string, method: string): void {
  it.each(Object.entries(TROUBLE))(
    `answers ${what} 502 when the daemon %s`,
    async (_, misbehave) => {
      const { daemon, connect } = await start();
      const client = await connect();
      await client.send(request);
      const call = await daemon.nextCall();
      await misbehave(call);

      const answer = await client.readAnswer(method);
      expect(answer.status).toBe(502);
      expect(headerValue(answer, 'content-type')).toBe('application/json');
      expect(answer.body.toString()).toContain(daemon.socketPath);
      call.connection.destroy();

      daemon.on('GET /_ping', (ping) => ping.answer(200, [], 'OK'));
      expect((await (await connect()).call('GET', '/_ping')).status).toBe(200);
    },
  );
}

it('answers 502 when the daemon closes each connection as it comes', async () => {
  const { daemon, connect } = await start();
  daemon.onConnect((connection) => {
    connection.destroy();
  });
  const client = await connect();
  expect((await client.call('GET', '/info')).status).toBe(502);
});

it('answers 502 when the daemon resets in the middle of an upload', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  void client.send('POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: 99999999\r\n\r\n');
  void client.send(Buffer.alloc(8 * 1024 * 1024));
  const call = await daemon.nextCall();
  call.breakOff();

  const answer = await client.readAnswer('POST');
  expect(answer.status).toBe(502);
  expect(answer.body.toString()).toContain(daemon.socketPath);
});
