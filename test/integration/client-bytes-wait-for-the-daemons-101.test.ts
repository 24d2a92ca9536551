import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { UPGRADES, upgradeBytes } from '../support/raw/hijack-client.ts';

const start = useGate();

it.each(Object.entries(UPGRADES))(
  'loses none of the input that came in the same record as the request: %s',
  async (_, upgrade) => {
    const { daemon, connect } = await start();
    const client = await connect();
    await client.send(Buffer.concat([upgradeBytes(upgrade), Buffer.from('early ')]));
    const call = await daemon.nextCall();
    await call.body.readAll();
    await client.send('and later');
    const container = await call.hijack(upgrade.kind);
    await client.readHead();
    client.end();

    expect(container.lost.toString()).toBe('');
    expect((await container.readAll()).toString()).toBe('early and later');
  },
);

it('keeps input in order behind a body that ends in the middle of a record', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const head =
    'POST /exec/e1/start HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n' +
    'Connection: Upgrade\r\nUpgrade: tcp\r\n';
  await client.sendPieces([`${head}Content-Length: 2\r\n\r\n{`, '}first', ' second']);
  const call = await daemon.nextCall();
  await call.body.readAll();
  const container = await call.hijack('raw-stream');
  client.end();

  expect(container.lost.toString()).toBe('');
  expect((await container.readAll()).toString()).toBe('first second');
});

it('passes on what the daemon sends in the same segment as its 101', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(upgradeBytes(UPGRADES['attach'] ?? expect.unreachable()));
  const call = await daemon.nextCall();
  call.isHijacked = true;
  await call.raw(
    'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n' +
      'Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n$ ',
  );

  expect((await client.readHead())?.status).toBe(101);
  expect((await client.source.read())?.toString()).toBe('$ ');
});
