import { describe, expect, it } from 'vitest';
import { KINDS } from '../../support/faults/kinds.ts';
import { useScene } from '../../support/faults/scene.ts';
import { settled } from '../../support/fake/settled.ts';
import { within } from '../../support/fake/within.ts';
import { ATTACH, upgradeBytes } from '../../support/raw/hijack-client.ts';

const start = useScene();

it('gathers an answer that comes one byte at a time', async () => {
  const scene = await start();
  const client = await scene.connect();
  const answer = client.call('GET', '/info');
  const call = await scene.test.daemon.nextCall();
  const bytes = Buffer.from(
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello',
  );
  for (const byte of bytes) await call.raw(Buffer.of(byte));

  expect(await answer).toMatchObject({ status: 200, isWhole: true });
  expect((await answer).body.toString()).toBe('hello');
  call.breakOff();
  await scene.isOver([{ action: 'system.info', status: 200, bytes_out: 5, end: 'complete' }]);
});

it('upgrades on a 101 that comes one byte at a time, and loses nothing behind it', async () => {
  const scene = await start();
  const client = await scene.connect();
  await client.send(upgradeBytes(ATTACH));
  const call = await scene.test.daemon.nextCall();
  call.isHijacked = true;
  const bytes = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello';
  for (const byte of Buffer.from(bytes)) await call.raw(Buffer.of(byte));

  expect((await client.readHead())?.status).toBe(101);
  expect((await client.source.readExactly(5)).toString()).toBe('hello');
  call.connection.end();
  await client.source.readAll();
  client.end();
  await call.connection.closed;
  await scene.isOver([{ action: 'container.attach', status: 101, bytes_out: 5, end: 'complete' }]);
});

describe.each(Object.entries(KINDS))('%s to a silent daemon', (_, kind) => {
  it('hurts nobody else, gets no answer of ours, and ends with its client', async () => {
    const scene = await start();
    const client = await scene.connect();
    await client.send(kind.bytes);
    const call = await scene.test.daemon.nextCall();
    await scene.serves();
    // Whatever the gate might say of its own accord would be here by now.
    await settled(() => client.socket.bytesRead);
    const unasked = client.source.takeBuffered();
    expect(unasked.toString()).toBe('');

    client.destroy();
    await within(1000, call.connection.closed);
    await scene.isOver([
      { action: kind.action, status: 0, end: 'client-gone' },
      { action: 'system.ping', status: 200, end: 'complete' },
    ]);
  });
});

it('waits for the body of a stream in which nothing happens, and then delivers it', async () => {
  const scene = await start();
  const client = await scene.connect();
  await client.send('GET /events HTTP/1.1\r\nHost: d\r\n\r\n');
  const call = await scene.test.daemon.nextCall();
  await call.start('chunked', { headers: [['Connection', 'close']] });
  const head = await client.readHead();
  await scene.serves();
  await call.write('at last');
  await call.end();

  const answer = await client.readBody(head ?? expect.unreachable());
  expect(answer).toMatchObject({ isWhole: true });
  expect(answer.body.toString()).toBe('at last');
  await scene.isOver([
    { action: 'system.events', status: 200, end: 'complete' },
    { action: 'system.ping', status: 200, end: 'complete' },
  ]);
});
