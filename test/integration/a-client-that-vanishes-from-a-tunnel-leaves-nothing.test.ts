import { expect, it } from 'vitest';
import { within } from '../support/fake/within.ts';
import { useGate } from '../support/gate.ts';
import { openTunnel, UPGRADES } from '../support/raw/hijack-client.ts';

const start = useGate();

// The daemon notices the loss of an attach client only by a closed socket, not by a half-close.
it.each(Object.entries(UPGRADES))(
  'closes the daemon’s side whole on a reset: %s',
  async (_, up) => {
    const { daemon, connect } = await start();
    const client = await connect();
    const { container } = await openTunnel(client, daemon, up);
    client.reset();

    await within(1000, container.inputEnded);
    expect(await container.write('anyone there?')).toBe(false);
  },
);

it('closes the daemon’s side when the client resets while output waits for it', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const { container } = await openTunnel(client, daemon);
  // Nobody reads: the output fills every buffer on the way.
  const pouring = container.write(Buffer.alloc(16 * 1024 * 1024));
  client.reset();

  expect(await within(1000, pouring)).toBe(false);
});

it('closes the daemon’s side when the client vanishes before the daemon has answered', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(
    'POST /exec/e/start HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n' +
      'Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\n{}',
  );
  const call = await daemon.nextCall();
  client.reset();

  await within(1000, call.connection.closed);
});
