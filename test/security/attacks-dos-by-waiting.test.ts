import { expect, it } from 'vitest';
import { createListener } from '../../src/listener/listener.ts';
import { ByteSource } from '../support/fake/byte-source.ts';
import { within } from '../support/fake/within.ts';
import { useGate, type TestGate } from '../support/gate.ts';
import { connectPlain, requestBytes } from '../support/raw-client.ts';
import { openTunnel } from '../support/raw/hijack-client.ts';
import { head } from '../support/security/attack.ts';
import { createThrowawayCa } from '../support/throwaway-ca.ts';

const start = useGate();

/** Handshakes and heads have 10 s; the listener looks once a second. */
const DEADLINE_MS = 15_000;

/**
 * Lets the gate's deadline pass: a peer that stalls its handshake and one that stalls a head are
 * both cut by then, which is the moment to look at whom the deadline must not touch.
 */
async function letDeadlinePass(gate: TestGate): Promise<void> {
  const silent = await connectPlain(gate.port);
  const slow = await gate.connect();
  await slow.send('GET /info HTTP/1.1\r\nHost: d\r\nX-Slow: ');
  const cut = Promise.all([new ByteSource(silent).ended, slow.source.readAll()]);
  await within(DEADLINE_MS, cut);
  silent.destroy();
  expect(await gate.audit.next({ event: 'peer-refused' })).toMatchObject({
    reason: expect.stringContaining('TLS handshake failed') as string,
  });
}

it('DOS-004: no clock of Node’s runs on a body, an answer or a connection in use', async () => {
  const ca = await createThrowawayCa();
  const { cert, key } = await ca.server();
  const caps = { total: 1, perUser: 1, unidentified: 1, handshakesPerSecond: 100 };
  const events = {
    identify: () => expect.unreachable(),
    onAdmitted: () => undefined,
    onRefused: () => undefined,
    onMalformed: () => undefined,
    onExchange: () => Promise.resolve(),
  };
  const { server } = createListener({ ca: ca.cert, cert, key }, caps, events);
  expect(server).toMatchObject({ requestTimeout: 0, timeout: 0, keepAliveTimeout: 300_000 });
  server.close();
});

it('DOS-005: logs, wait and a shell that are silent beyond every deadline are not cut, nor is an upload that pauses (DOS-004)', async () => {
  const gate = await start();
  const upload = await gate.connect();
  const load = ['POST /images/load HTTP/1.1', 'Host: d', 'Content-Length: 8'];
  await upload.send(`${head(...load)}half`);
  const loading = await gate.daemon.nextCall('POST /images/load');
  const logs = await gate.connect();
  await logs.send(requestBytes('GET', '/containers/x/logs?follow=1'));
  const following = await gate.daemon.nextCall('GET /containers/x/logs');
  await following.start('chunked');
  await logs.readHead();
  const wait = await gate.connect();
  await wait.send(requestBytes('POST', '/containers/x/wait', { body: '' }));
  const waiting = await gate.daemon.nextCall('POST /containers/x/wait');
  const shell = await gate.connect();
  const { container } = await openTunnel(shell, gate.daemon);

  await letDeadlinePass(gate);
  await upload.send('rest');
  expect((await loading.body.readAll()).toString()).toBe('halfrest');
  await loading.json(200, {});
  expect((await upload.readAnswer('POST')).status).toBe(200);
  await following.write('a word after all');
  expect((await logs.readChunk())?.toString()).toBe('a word after all');
  await waiting.json(200, { StatusCode: 0 });
  expect((await wait.readAnswer('POST')).status).toBe(200);
  await container.write('still here');
  expect((await shell.source.read())?.toString()).toBe('still here');
});
