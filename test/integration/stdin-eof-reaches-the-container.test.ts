import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { openTunnel, UPGRADES } from '../support/raw/hijack-client.ts';

const start = useGate();

it.each(Object.entries(UPGRADES))('passes the end of input on: %s', async (_, upgrade) => {
  const { daemon, connect } = await start();
  const client = await connect();
  const { container } = await openTunnel(client, daemon, upgrade);
  await client.send('abc');
  client.end();

  expect((await container.readAll()).toString()).toBe('abc');
});

it('passes the end of input on at once when there is none (docker run without -i)', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const { container } = await openTunnel(client, daemon);
  client.end();
  await container.inputEnded;

  await container.write('output');
  container.end();
  expect((await client.source.readAll()).toString()).toBe('output');
});
