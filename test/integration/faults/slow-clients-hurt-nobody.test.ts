import { expect, it } from 'vitest';
import { crowd } from '../../support/faults/crowd.ts';
import { useScene } from '../../support/faults/scene.ts';
import { within } from '../../support/fake/within.ts';
import { connectPlain } from '../../support/raw-client.ts';

const start = useScene();

const MANY = 200;
/** The promise is 10 s; the listener looks once a second. */
const LIMIT_MS = 15_000;
/** The beginning of a record that announces a ClientHello of 512 bytes. */
const HALF_A_HELLO = Buffer.from('1603010200010001fc0303', 'hex');

it(`serves ${MANY} heads that come a byte at a time, and others meanwhile`, async () => {
  const scene = await start();
  scene.test.daemon.on('GET /info', (call) => call.answer(200, [['Connection', 'close']], 'x'));
  const clients = await crowd(MANY, () => scene.connect());
  for (const byte of Buffer.from('GET /info HTTP/1.1\r\nHost: d\r\n\r')) {
    await Promise.all(clients.map((client) => client.send(Buffer.of(byte))));
  }
  expect(scene.test.daemon.calls.all).toHaveLength(0);
  await scene.serves();
  for (const client of clients) await client.send('\n');
  for (const client of clients) expect((await client.readAnswer()).status).toBe(200);

  await scene.isOver([
    ...clients.map(() => ({ action: 'system.info', status: 200, end: 'complete' })),
    { action: 'system.ping' },
  ]);
});

it('cuts handshakes and heads that are slow after 10 s, and never a body that is', async () => {
  const scene = await start();
  const stalled = await crowd(MANY, async () => {
    const socket = await connectPlain(scene.test.port);
    await new Promise((resolve) => socket.write(HALF_A_HELLO, resolve));
    return socket;
  });
  const [slowHead, slowBody] = [await scene.connect(), await scene.connect()];
  await slowBody.send('POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: 100000\r\n\r\n');
  const call = await scene.test.daemon.nextCall();
  const body = call.body.readAll();
  await slowHead.send('GET /info HTTP/1.1\r\nHost: d\r\nX-Slow: ');
  // Never silent for long, so that no idle limit could cut either of them.
  let sent = 0;
  const trickle = setInterval(() => {
    void slowHead.send('x');
    void slowBody.send('x');
    sent += 1;
  }, 100);
  await scene.serves();
  const cuts = stalled.map(
    (socket) => new Promise((resolve) => socket.resume().once('end', resolve)),
  );
  await within(LIMIT_MS, Promise.all(cuts));
  const refusal = await within(LIMIT_MS, slowHead.readAnswer());
  clearInterval(trickle);
  expect(refusal.status).toBe(400);
  expect(sent).toBeGreaterThan(50);

  await slowBody.send('x'.repeat(100_000 - sent));
  expect((await body).length).toBe(100_000);
  expect(call.body.isComplete).toBe(true);
  await call.answer(200, [['Connection', 'close']], 'loaded');
  expect((await slowBody.readAnswer('POST')).body.toString()).toBe('loaded');
  for (const socket of stalled) socket.destroy();
  await scene.isOver([
    { action: 'system.ping', status: 200 },
    { status: 400, end: 'refused', user: 'alice' },
    { action: 'image.load', status: 200, bytes_in: 100_000, end: 'complete' },
  ]);
});
