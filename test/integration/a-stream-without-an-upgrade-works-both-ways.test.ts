import { expect, it } from 'vitest';
import { within } from '../support/fake/within.ts';
import type { FakeDockerd } from '../support/fake-dockerd.ts';
import { useGate } from '../support/gate.ts';
import { requestBytes, type RawClient } from '../support/raw-client.ts';
import { headerValue } from '../support/raw/response-reader.ts';

const start = useGate();

// Old clients and docker-modem without `hijack`: no Upgrade, and a 200 that never ends by itself.
const REQUESTS: Readonly<Record<string, Buffer>> = {
  attach: requestBytes('POST', '/containers/x/attach?stream=1&stdin=1&stdout=1', { body: '' }),
  'exec start': requestBytes('POST', '/exec/e1/start', {
    headers: [['Content-Type', 'application/json']],
    body: '{"Detach":false}',
  }),
};

async function open(client: RawClient, daemon: FakeDockerd, request: Buffer) {
  await client.send(request);
  const call = await daemon.nextCall();
  await call.body.readAll();
  const container = await call.hijack('no-upgrade');
  const head = await client.readHead();
  expect(head?.status).toBe(200);
  return { call, container, head };
}

it.each(Object.entries(REQUESTS))('carries input and output: %s', async (_, request) => {
  const { daemon, connect } = await start();
  const client = await connect();
  const { call, container, head } = await open(client, daemon, request);
  expect(call.connection.segments).toHaveLength(1);
  expect(headerValue(head ?? expect.unreachable(), 'content-type')).toBe(
    'application/vnd.docker.raw-stream',
  );

  await client.send('question');
  expect((await container.readExactly(8)).toString()).toBe('question');
  await container.write('answer');
  expect((await client.source.readExactly(6)).toString()).toBe('answer');
});

it.each(Object.entries(REQUESTS))('half-closes both ways: %s', async (_, request) => {
  const { daemon, connect } = await start();
  const client = await connect();
  const { container } = await open(client, daemon, request);
  await client.send('abc');
  client.end();
  expect((await container.readAll()).toString()).toBe('abc');
  await container.write('late output');
  container.end();

  expect((await client.source.readAll()).toString()).toBe('late output');
  expect(await client.ending).toBe('end');
});

it.each(Object.entries(REQUESTS))(
  'goes on taking input after the output: %s',
  async (_, request) => {
    const { daemon, connect } = await start();
    const client = await connect();
    const { container } = await open(client, daemon, request);
    container.end();
    await client.source.readAll();
    await client.send('still here');
    client.end();

    expect((await container.readAll()).toString()).toBe('still here');
  },
);

it.each(Object.entries(REQUESTS))('never reads the input as a request: %s', async (_, request) => {
  const { daemon, connect } = await start();
  const client = await connect();
  const { container } = await open(client, daemon, request);
  const input = requestBytes('GET', '/info');
  await client.send(input);

  expect((await container.readExactly(input.length)).equals(input)).toBe(true);
  expect(daemon.calls.all).toHaveLength(1);
});

it.each(Object.entries(REQUESTS))('ends with a client that vanishes: %s', async (_, request) => {
  const { daemon, connect } = await start();
  const client = await connect();
  const { container } = await open(client, daemon, request);
  client.reset();

  await within(1000, container.inputEnded);
  expect(await container.write('anyone there?')).toBe(false);
});
