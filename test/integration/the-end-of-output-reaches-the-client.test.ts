import { expect, it } from 'vitest';
import { within } from '../support/fake/within.ts';
import { useGate } from '../support/gate.ts';
import { openTunnel } from '../support/raw/hijack-client.ts';
import { startWireTap } from '../support/raw/wire-tap.ts';

const start = useGate();

it('ends the output with close_notify when the daemon half-closes', async () => {
  const { daemon, connect, port } = await start();
  const tap = await startWireTap(port);
  const client = await connect({ port: tap.port, tls: 'TLSv1.2' });
  const { container } = await openTunnel(client, daemon);
  await container.write('done\n');
  container.end();

  expect((await client.source.readAll()).toString()).toBe('done\n');
  expect(await client.ending).toBe('end');
  expect(tap.saidGoodbye).toBe(true);
  tap.close();
});

it('goes on taking input to the daemon after the output has ended', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const { container } = await openTunnel(client, daemon);
  container.end();
  await client.source.readAll();

  await client.send('still here');
  client.end();
  expect((await container.readAll()).toString()).toBe('still here');
});

// `yes | docker exec -i … head`: the container is done while the client still pours.
it('leaves nothing behind when the daemon is done first and the client then closes', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const { container } = await openTunnel(client, daemon);
  await client.send('y\n'.repeat(1000));
  expect((await container.readExactly(20)).length).toBe(20);
  container.end();
  await client.source.readAll();
  await client.send('y\n'.repeat(1000));
  client.destroy();

  await within(1000, container.inputEnded);
  await within(1000, container.connection.closed);
});
