import { expect, it } from 'vitest';
import { within } from '../support/fake/within.ts';
import { useGate } from '../support/gate.ts';
import { EXEC_START, upgradeBytes } from '../support/raw/hijack-client.ts';
import { requestBytes, type RawClient } from '../support/raw-client.ts';

const start = useGate();

/** The promise of the product: the daemon hears of it within a second. */
const LIMIT_MS = 1000;

const WAYS: Readonly<Record<string, (client: RawClient) => void>> = {
  'closes the connection': (client) => {
    client.destroy();
  },
  'resets the connection': (client) => {
    client.reset();
  },
};

/** Calls that might have been hijacked, and are answered otherwise. */
const NOT_HIJACKED: Readonly<Record<string, Buffer>> = {
  'with an upgrade': upgradeBytes(EXEC_START),
  'without an upgrade': requestBytes('POST', EXEC_START.target, {
    headers: [['Content-Type', 'application/json']],
    body: '{}',
  }),
};

const STREAMS = ['/containers/x/logs?follow=1&stdout=1', '/events', '/containers/x/stats'];

for (const [way, vanish] of Object.entries(WAYS)) {
  it.each(STREAMS)(`ends GET %s at the daemon when the client ${way}`, async (target) => {
    const { daemon, connect } = await start();
    const client = await connect();
    await client.send(`GET ${target} HTTP/1.1\r\nHost: d\r\n\r\n`);
    const call = await daemon.nextCall();
    await call.start('chunked');
    await call.write('a line\n');
    await client.readHead();
    await client.readChunk();

    vanish(client);
    await within(LIMIT_MS, call.connection.peerEnded);
    await within(LIMIT_MS, call.connection.closed);
  });

  it.each(Object.keys(NOT_HIJACKED))(
    `ends an answer that is no hijack, %s, when the client ${way}`,
    async (how) => {
      const { daemon, connect, audit } = await start();
      const client = await connect();
      await client.send(NOT_HIJACKED[how] ?? '');
      const call = await daemon.nextCall();
      await call.start('chunked');
      await call.write('a line\n');
      await client.readHead();
      await client.readChunk();

      vanish(client);
      await within(LIMIT_MS, call.connection.peerEnded);
      await within(LIMIT_MS, call.connection.closed);
      expect(await audit.next({ event: 'call' })).toMatchObject({
        ...{ status: 200, end: 'client-gone' },
      });
    },
  );

  it(`ends a call that the daemon has not answered yet when the client ${way}`, async () => {
    const { daemon, connect } = await start();
    const client = await connect();
    await client.send('GET /containers/x/json HTTP/1.1\r\nHost: d\r\n\r\n');
    const call = await daemon.nextCall();

    vanish(client);
    await within(LIMIT_MS, call.connection.closed);
  });

  it(`breaks off a half-done upload at the daemon when the client ${way}`, async () => {
    const { daemon, connect } = await start();
    const client = await connect();
    await client.send('POST /build HTTP/1.1\r\nHost: d\r\nContent-Length: 1000\r\n\r\nhalf');
    const call = await daemon.nextCall();
    const body = call.body.readAll();
    vanish(client);

    await within(LIMIT_MS, call.connection.peerEnded);
    expect((await body).toString()).toBe('half');
    expect(call.body.isComplete).toBe(false);
  });

  it(`breaks off a half-done chunked upload when the client ${way}`, async () => {
    const { daemon, connect } = await start();
    const client = await connect();
    const head = 'POST /images/load HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n';
    await client.send(`${head}4\r\nhalf\r\n`);
    const call = await daemon.nextCall();
    const body = call.body.readAll();
    vanish(client);

    await within(LIMIT_MS, call.connection.peerEnded);
    expect((await body).toString()).toBe('half');
    expect(call.body.isComplete).toBe(false);
  });
}
