import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { openTunnel } from '../support/raw/hijack-client.ts';

const start = useGate();

it('keeps both directions open while neither end has ended', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const { container } = await openTunnel(client, daemon);
  for (let turn = 0; turn < 5; turn += 1) {
    await client.send(`question ${turn}`);
    expect((await container.read())?.toString()).toBe(`question ${turn}`);
    await container.write(`answer ${turn}`);
    expect((await client.source.read())?.toString()).toBe(`answer ${turn}`);
  }
  expect(container.connection.source.isEnded).toBe(false);
  expect(client.source.isEnded).toBe(false);
});

it('keeps the input open when the output has ended', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const { container } = await openTunnel(client, daemon);
  container.end();
  await client.source.readAll();
  await client.send('x');
  expect((await container.read())?.toString()).toBe('x');
  expect(container.connection.source.isEnded).toBe(false);
});

it('keeps the output open when the input has ended', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const { container } = await openTunnel(client, daemon);
  client.end();
  await container.inputEnded;
  await container.write('x');
  expect((await client.source.read())?.toString()).toBe('x');
  expect(client.source.isEnded).toBe(false);
});
