import { expect, it } from 'vitest';
import { crowd } from '../../support/faults/crowd.ts';
import { useScene } from '../../support/faults/scene.ts';
import { within } from '../../support/fake/within.ts';

const start = useScene();

const STORM = 500;
const lines = (count: number, values: Readonly<Record<string, unknown>>) =>
  Array.from({ length: count }, () => values);

it(`serves ${STORM} clients that connect, call once and drop`, { timeout: 60_000 }, async () => {
  const scene = await start();
  scene.test.daemon.on('GET /info', (call) => call.answer(200, [['Connection', 'close']], 'info'));
  await crowd(STORM, async (turn) => {
    const client = await scene.connect();
    const answer = await client.call('GET', '/info');
    expect(answer.body.toString()).toBe('info');
    if (turn % 2 === 0) client.destroy();
    else client.reset();
    await client.ending;
  });

  await scene.isOver(lines(STORM, { action: 'system.info', status: 200, end: 'complete' }));
});

it(`ends ${STORM} calls whose clients drop before the answer`, { timeout: 60_000 }, async () => {
  const scene = await start();
  const { daemon } = scene.test;
  await crowd(STORM, async (turn) => {
    const client = await scene.connect();
    const target = `/containers/${turn}/json`;
    await client.send(`GET ${target} HTTP/1.1\r\nHost: d\r\n\r\n`);
    const call = await daemon.nextCall(`GET ${target}`);
    if (turn % 2 === 0) client.destroy();
    else client.reset();
    await client.ending;
    // That it takes no longer than a second is asked elsewhere; here fifty handshakes are under way.
    await within(20_000, call.connection.closed);
  });

  await scene.isOver(lines(STORM, { action: 'container.inspect', status: 0, end: 'client-gone' }));
});

it(`ends ${STORM} tunnels whose clients drop`, { timeout: 60_000 }, async () => {
  const scene = await start();
  const { daemon } = scene.test;
  daemon.on('POST /containers/x/attach', async (call) => {
    const container = await call.hijack('raw-stream');
    await container.inputEnded;
    container.end();
  });
  await crowd(STORM, async (turn) => {
    const client = await scene.connect();
    await client.send(
      'POST /containers/x/attach HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n',
    );
    expect((await client.readHead())?.status).toBe(101);
    if (turn % 2 === 0) client.destroy();
    else client.reset();
    await client.ending;
  });

  await scene.isOver(lines(STORM, { action: 'container.attach', status: 101 }));
});

it('keeps at most 64 idle connections to the daemon afterwards, and none once it has stopped', async () => {
  const scene = await start();
  const { daemon, gate } = scene.test;
  const clients = await crowd(100, () => scene.connect());
  const answers = clients.map((client) => client.call('GET', '/info'));
  const calls = await Promise.all(clients.map(() => daemon.nextCall()));
  expect(daemon.openConnections).toBe(100);
  for (const call of calls) await call.answer(200, [], 'info');
  await Promise.all(answers);
  await within(20_000, untilOpen(64));

  await gate.stop(0);
  await within(20_000, untilOpen(0));

  async function untilOpen(count: number): Promise<void> {
    while (daemon.openConnections !== count) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
});
