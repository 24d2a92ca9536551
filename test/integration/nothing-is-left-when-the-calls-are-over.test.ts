import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { settled } from '../support/fake/settled.ts';
import { useGate, type TestGate } from '../support/gate.ts';
import { EXEC_START, openTunnel } from '../support/raw/hijack-client.ts';

const start = useGate();

/** Open descriptors of this process, in which gate, daemon and clients all live. */
function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** One round of what goes right and what goes wrong, with every client gone at the end. */
async function round({ daemon, connect }: TestGate): Promise<void> {
  const [ping, stream, upload, broken] = [
    await connect(),
    await connect(),
    await connect(),
    await connect(),
  ];
  const [refused, tunnel, vanishing] = [await connect(), await connect(), await connect()];
  await ping.call('GET', '/_ping');
  await stream.send('GET /events HTTP/1.1\r\nHost: d\r\n\r\n');
  const events = await daemon.nextCall('GET /events');
  await events.start('chunked');
  const { container } = await openTunnel(tunnel, daemon, EXEC_START);
  container.end();
  const lost = await openTunnel(vanishing, daemon, EXEC_START);
  await upload.send('POST /build HTTP/1.1\r\nHost: d\r\nContent-Length: 1000\r\n\r\nhalf');
  const build = await daemon.nextCall('POST /build');
  await broken.send('GET /info HTTP/1.1\r\nHost: d\r\n\r\n');
  const info = await daemon.nextCall('GET /info');
  info.breakOff();
  await refused.call('GET', '/v1..41/info');
  vanishing.reset();
  await lost.container.inputEnded;
  lost.container.end();
  for (const each of [ping, stream, upload, broken, refused, tunnel]) each.destroy();
  for (const { connection } of [events, build, info, container, lost.container]) {
    await connection.closed;
  }
}

it('holds no more descriptors after many rounds than after the first', async () => {
  const gate = await start();
  gate.daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  await round(gate);
  await settled(descriptors);
  const before = descriptors();
  for (let turn = 0; turn < 20; turn += 1) await round(gate);
  await settled(descriptors);

  // One connection to the daemon is kept for the next call; which one may differ.
  expect(descriptors()).toBeLessThanOrEqual(before + 1);
});
