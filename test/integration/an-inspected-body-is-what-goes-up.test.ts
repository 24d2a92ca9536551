import { describe, expect, it, vi } from 'vitest';
import { useGate } from '../support/gate.ts';
import type { RawClient } from '../support/raw-client.ts';
import { headerValue } from '../support/raw/response-reader.ts';

const start = useGate();
const bodyNeeds = { policy: true, auditDetail: false };

const BODY = '{ "image":"x",\n "HostConfig":{"Bin\\u0064s":["/:/h"]} }';
const head = (...lines: readonly string[]): string =>
  [
    'POST /v1.43/containers/create?name=a HTTP/1.1',
    ...['Host: d', 'Content-Type: application/json', ...lines],
    ...['', ''],
  ].join('\r\n');
const REFUSED_413 = { action: 'container.create', status: 413, end: 'refused' };
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

describe('a body that the gate has read', () => {
  it.each(['length', 'chunked'])('goes up byte for byte with a length: %s', async (framing) => {
    const { daemon, connect, audit } = await start({ bodyNeeds });
    const client = await connect();
    if (framing === 'length') {
      await client.send(head(`Content-Length: ${Buffer.byteLength(BODY)}`) + BODY);
    } else {
      await client.send(head('Transfer-Encoding: chunked'));
      await client.sendPieces([chunk(BODY.slice(0, 5)), chunk(BODY.slice(5)), '0\r\n\r\n']);
    }
    const call = await daemon.nextCall();
    expect(call.body.framing).toBe('length');
    expect((await call.body.readAll()).toString()).toBe(BODY);
    await call.json(201, { Id: '1' });

    expect((await client.readAnswer('POST')).status).toBe(201);
    const line = await audit.next({ event: 'call' });
    expect(line).toMatchObject({
      action: 'container.create',
      bytes_in: Buffer.byteLength(BODY),
      end: 'complete',
    });
  });

  it('reaches the daemon only once it is whole', async () => {
    const { daemon, connect } = await start({ bodyNeeds });
    const client = await connect();
    await client.send(head(`Content-Length: ${BODY.length}`) + BODY.slice(0, 20));
    const other = await connect();
    daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
    await other.call('GET', '/_ping');
    expect(daemon.calls.all.map(({ path }) => path)).toEqual(['/_ping']);
    await client.send(BODY.slice(20));
    const call = await daemon.nextCall();
    expect((await call.body.readAll()).toString()).toBe(BODY);
    await call.json(201, {});
    expect((await client.readAnswer('POST')).status).toBe(201);
  });

  it('is asked for where the client waits for 100 Continue', async () => {
    const { daemon, connect } = await start({ bodyNeeds });
    const client = await connect();
    await client.send(head('Expect: 100-continue', `Content-Length: ${BODY.length}`));
    expect((await client.readInterim()).status).toBe(100);
    await client.send(BODY);
    const call = await daemon.nextCall();
    expect((await call.body.readAll()).toString()).toBe(BODY);
    await call.json(201, {});
    expect((await client.readAnswer('POST')).status).toBe(201);
  });

  it('leaves the connection for the next call', async () => {
    const { daemon, connect } = await start({ bodyNeeds });
    daemon.on('POST /containers/create', (call) => call.json(201, {}));
    const client = await connect();
    for (let at = 0; at < 3; at += 1) {
      await client.send(head(`Content-Length: ${BODY.length}`) + BODY);
      expect((await client.readAnswer('POST')).status).toBe(201);
    }
  });

  it('goes before an upgrade, and what came behind it waits for the 101', async () => {
    const { daemon, connect } = await start({ bodyNeeds });
    const client = await connect();
    const options = '{"Detach":false,"Tty":false}';
    const lines = [
      'POST /exec/e/start HTTP/1.1\r\nHost: d\r\nContent-Type: application/json',
      `Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: ${options.length}\r\n\r\n${options}`,
    ];
    await client.send(`${lines.join('\r\n')}early `);
    const call = await daemon.nextCall();
    expect((await call.body.readAll()).toString()).toBe(options);
    await client.send('and later');
    const container = await call.hijack('raw-stream');
    client.end();

    expect(container.lost.toString()).toBe('');
    expect((await container.readAll()).toString()).toBe('early and later');
  });
});

describe('a body that the gate will not pass on', () => {
  it.each([
    ['a field that comes twice', '{"HostConfig":{"Privileged":true},"HostConfig":{}}'],
    ['a key that folds to another', '{"Ho\u017ftConfig":{"Privileged":true}}'],
    ['something behind its end', '{"Image":"x"} }garbage'],
    ['a wrong type', '{"HostConfig":{"Privileged":"true"}}'],
    ['nothing', ''],
  ])('is answered 400, and the daemon hears nothing: %s', async (_, body) => {
    const { daemon, connect, audit } = await start({ bodyNeeds });
    const client = await connect();
    const type = [['Content-Type', 'application/json']] as const;
    const answer = await client.call('POST', '/v1.43/containers/create?name=a', {
      headers: type,
      body: Buffer.from(body),
    });
    expect(answer.status).toBe(400);
    expect(headerValue(answer, 'content-type')).toBe('application/json');
    expect(daemon.calls.all).toEqual([]);
    expect(await audit.next({ event: 'call' })).toMatchObject({
      path: '/v1.43/containers/create',
      query: { name: 'a' },
      action: 'container.create',
      status: 400,
      end: 'refused',
      reason: expect.stringMatching(/^refused: /) as string,
    });
  });

  it.each([
    ['that waits to be asked for it', 'Expect: 100-continue'],
    ['that does not wait', 'X-Other: 1'],
  ])(
    'is answered 413 by its length alone, before a byte of it: to a client %s',
    async (_, line) => {
      const { daemon, connect, audit } = await start({ bodyNeeds, maxInspectedBody: 1_000 });
      const client = await connect();
      await client.send(head(line, 'Content-Length: 1001'));
      const answer = await client.readAnswer('POST');
      expect(answer).toMatchObject({ status: 413, interim: [] });
      expect(daemon.calls.all).toEqual([]);
      expect(await audit.next({ event: 'call' })).toMatchObject(REFUSED_413);
    },
  );

  it('is answered 413 once its chunks are over the limit', async () => {
    const { daemon, connect, audit } = await start({ bodyNeeds, maxInspectedBody: 1_000 });
    const client = await connect();
    await client.send(head('Transfer-Encoding: chunked') + chunk(' '.repeat(1_001)));
    expect((await client.readAnswer('POST')).status).toBe(413);
    expect(daemon.calls.all).toEqual([]);
    expect(await audit.next({ event: 'call' })).toMatchObject(REFUSED_413);
  });

  it('is answered 413 where it goes before an upgrade', async () => {
    const { daemon, connect, audit } = await start({ bodyNeeds, maxInspectedBody: 1_000 });
    const client = await connect();
    const start413 = head('Connection: Upgrade', 'Upgrade: tcp', 'Content-Length: 1001');
    await client.send(start413.replace('containers/create?name=a', 'exec/e/start'));
    expect((await client.readAnswer('POST')).status).toBe(413);
    expect(daemon.calls.all).toEqual([]);
    expect(await audit.next({ event: 'call' })).toMatchObject({
      ...REFUSED_413,
      action: 'exec.start',
    });
  });

  it('is answered 400 where it has not come whole after 60 s', async () => {
    const { daemon, connect, audit } = await start({ bodyNeeds });
    const client = await connect();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await client.send(head('Expect: 100-continue', `Content-Length: ${BODY.length}`));
      expect((await client.readInterim()).status).toBe(100);
      await client.send(BODY.slice(0, -1));
      vi.advanceTimersByTime(60_000);
    } finally {
      vi.useRealTimers();
    }
    const answer = await client.readAnswer('POST');
    expect(answer.status).toBe(400);
    expect(answer.body.toString()).toContain('did not arrive within 60 s');
    expect(daemon.calls.all).toEqual([]);
    expect(await audit.next({ event: 'call' })).toMatchObject({
      action: 'container.create',
      status: 400,
      end: 'refused',
    });
  });

  it.each([
    [
      'goes',
      (client: RawClient): void => {
        client.reset();
      },
      { end: 'client-gone' },
    ],
    [
      'ends',
      (client: RawClient): void => {
        client.end();
      },
      { end: 'client-gone' },
    ],
    [
      'breaks its framing',
      (client: RawClient): void => {
        void client.send('zz\r\n');
      },
      { end: 'refused', reason: expect.stringContaining('HPE_INVALID_CHUNK_SIZE') as string },
    ],
  ])('has one line, without a status, where the client %s inside it', async (_, leave, line) => {
    const { daemon, connect, audit, gate } = await start({ bodyNeeds });
    const client = await connect();
    await client.send(head('Expect: 100-continue', 'Transfer-Encoding: chunked'));
    expect((await client.readInterim()).status).toBe(100);
    await client.send(chunk(BODY.slice(0, 5)));
    leave(client);
    expect(await audit.next({ event: 'call' })).toMatchObject({
      action: 'container.create',
      status: 0,
      ...line,
    });
    await gate.stop(0);
    expect(audit.having({ event: 'call' })).toHaveLength(1);
    expect(daemon.calls.all).toEqual([]);
  });
});

it('streams a body of any size that nothing needs to know', async () => {
  const { daemon, connect } = await start({ maxInspectedBody: 10 });
  const client = await connect();
  await client.send(head('Content-Length: 5000000') + '{"a":1,"a":');
  const call = await daemon.nextCall();
  await call.json(400, { message: 'no' });
  expect((await client.readAnswer('POST')).status).toBe(400);
});
