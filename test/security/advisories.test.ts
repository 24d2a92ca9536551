import { describe, expect, it } from 'vitest';
import { settled } from '../support/fake/settled.ts';
import { within } from '../support/fake/within.ts';
import { useGate, type TestGate } from '../support/gate.ts';
import { requestBytes } from '../support/raw-client.ts';
import {
  answerAll,
  exchange,
  expectAlive,
  expectRefused,
  HANG_MS,
  head,
  linesOf,
  SMUGGLED,
} from '../support/security/attack.ts';

const start = useGate();

const CREATE = ['POST /v1.41/containers/create HTTP/1.1', 'Host: d'];
const JSON_TYPE = 'Content-Type: application/json';
const MIB = 1024 * 1024;

/** Sends a body of a size that some inspector would not have looked at, and compares the counts. */
async function expectWhole(gate: TestGate, size: number, chunked: boolean): Promise<void> {
  const body = Buffer.alloc(size, 0x20);
  body.write('{"HostConfig":{"Privileged":true}', 0);
  body.write('}', size - 1);
  const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${size}`;
  const client = await gate.connect();
  const sending = client.sendPieces([
    head(...CREATE, JSON_TYPE, framing),
    ...(chunked ? [`${size.toString(16)}\r\n`, body, '\r\n0\r\n\r\n'] : [body]),
  ]);
  const call = await gate.daemon.nextCall();
  expect((await call.body.readAll()).equals(body)).toBe(true);
  expect(call.body.isComplete).toBe(true);
  await call.json(201, {});
  await sending;
  expect((await client.readAnswer('POST')).status).toBe(201);
  expect(linesOf(gate, client)).toMatchObject([{ bytes_in: size, action: 'container.create' }]);
}

describe('CVE-2024-41110 (GHSA-v23v-6jw2-98fq): an inspector that saw no body where the daemon saw one', () => {
  it('bytes behind Content-Length: 0 are never the body of that call', async () => {
    const gate = await start();
    answerAll(gate);
    const { client } = await exchange(
      gate,
      `${head(...CREATE, JSON_TYPE, 'Content-Length: 0')}{"HostConfig":{"Privileged":true}}`,
    );
    // They are the next request, and no well-formed one.
    expect((await client.readAnswer()).status).toBe(400);
    client.end();
    await client.source.readAll();
    expect(gate.daemon.calls.all).toHaveLength(1);
    expect(gate.daemon.calls.all[0]?.body.framing).toBe('none');
    expect(gate.daemon.connections.all[0]?.received).not.toContain('Privileged');
  });

  it('a request behind Content-Length: 0 is a call of its own, with a line of its own', async () => {
    const gate = await start();
    answerAll(gate);
    const { client } = await exchange(gate, `${head(...CREATE, 'Content-Length: 0')}${SMUGGLED}`);
    await client.readAnswer('POST');
    expect(linesOf(gate, client)).toMatchObject([
      { action: 'container.create', bytes_in: 0 },
      { action: 'container.kill', path: '/containers/smuggled/kill' },
    ]);
  });

  it('a body without any length is none: the daemon is told so', async () => {
    const gate = await start();
    answerAll(gate);
    await exchange(gate, head(...CREATE, JSON_TYPE));
    expect(gate.daemon.calls.all[0]?.header('content-length')).toBe('0');
  });
});

describe('CVE-2026-34040 (GHSA-x744-4wpc-v9h2): a body too large to be inspected that the daemon got all the same', () => {
  it.each([MIB - 1, MIB, MIB + 1, 4 * MIB + 1, 16 * MIB])(
    'a body of %i bytes reaches the daemon whole and is counted whole',
    async (size) => {
      const gate = await start();
      await expectWhole(gate, size, false);
      await expectWhole(gate, size, true);
    },
  );
});

it('GHSA-8qqm-fp2q-v734 (a filter that failed open on a large Content-Length): a length that is declared and never sent never makes a whole call', async () => {
  for (const length of ['1099511627776', '999999999999999']) {
    const gate = await start();
    const client = await gate.connect();
    await client.send(`${head(...CREATE, JSON_TYPE, `Content-Length: ${length}`)}{}`);
    const call = await gate.daemon.nextCall();
    expect(call.header('content-length')).toBe(length);
    client.reset();
    await call.body.readAll();
    expect(call.body.isComplete).toBe(false);
    expect(await gate.audit.next({ event: 'call' })).toMatchObject({
      action: 'container.create',
      end: 'client-gone',
      bytes_in: 2,
    });
  }
});

it('GHSA-8qqm-fp2q-v734: a length too large to be counted exactly is refused', async () => {
  for (const length of ['9007199254740993', '18446744073709551615', '18446744073709551616']) {
    await expectRefused(
      await start(),
      `${head(...CREATE, JSON_TYPE, `Content-Length: ${length}`)}{}`,
    );
  }
});

describe('CVE-2025-22871: a bare LF behind a chunk size that Go took for a line end', () => {
  it.each([
    ['behind the size', `2\n{}\r\n0\r\n\r\n`],
    ['behind an extension', `2;x\n{}\r\n0\r\n\r\n`],
    ['inside an extension', `2;x=\n"\r\n{}\r\n0\r\n\r\n`],
    ['behind the data', `2\r\n{}\n0\r\n\r\n`],
    ['behind the last chunk', `2\r\n{}\r\n0\n\r\n`],
    ['at the end of the trailers', `2\r\n{}\r\n0\r\n\n`],
  ])('never makes a whole body, nor a second request: %s', async (_, body) => {
    const gate = await start();
    const client = await gate.connect();
    await client.send(`${head(...CREATE, 'Transfer-Encoding: chunked')}${body}${SMUGGLED}`);
    const got = await within(HANG_MS, client.source.readAll());

    expect(got.toString()).not.toMatch(/HTTP\/1\.1 2/);
    await settled(() => gate.daemon.bytesReceived);
    for (const call of gate.daemon.calls.all) {
      await call.body.readAll();
      expect(call.body.isComplete).toBe(false);
      expect(call.path).toBe('/containers/create');
    }
    expect(gate.daemon.connections.all.map(({ received }) => received).join()).not.toContain(
      'smuggled',
    );
    expect(gate.audit.having({ event: 'call' }).length).toBeGreaterThan(0);
  });

  it('never leaves a chunk as the client framed it', async () => {
    const gate = await start();
    answerAll(gate);
    await exchange(
      gate,
      `${head(...CREATE, 'Transfer-Encoding: chunked')}002;x=y\r\n{}\r\n000\r\n\r\n`,
    );
    const received = gate.daemon.connections.all[0]?.received ?? '';
    expect(received).toMatch(/\r\n\r\n2\r\n\{\}\r\n0\r\n\r\n$/);
  });
});

describe('docker-socket-proxy issue 182: an allow-list that took GET for harmless and a prefix for a route', () => {
  it.each([
    ['/containers/x/export', 'container.export'],
    ['/containers/x/archive?path=/', 'container.archive_get'],
    ['/containers/x/logs?stdout=1', 'container.logs'],
    ['/containers/x/top?ps_args=e', 'container.top'],
    ['/containers/json', 'container.list'],
    ['/images/x/get', 'image.save'],
    ['/secrets', 'secret.list'],
    ['/configs/x', 'config.inspect'],
    ['/swarm/unlockkey', 'swarm.unlock_key'],
    ['/containersx/json', 'unknown'],
    ['/x/containers/json', 'unknown'],
    ['/CONTAINERS/json', 'unknown'],
  ])('GET %s has a name of its own: %s', async (target, action) => {
    const gate = await start();
    answerAll(gate);
    const { client } = await exchange(gate, requestBytes('GET', target));
    expect(linesOf(gate, client)).toMatchObject([{ action, user: 'alice', method: 'GET' }]);
  });
});

describe('undici issue 5360: a daemon that closes a close-delimited answer to a slow client', () => {
  it.each([1, 64 * 1024, 8 * MIB])(
    'does not end the process, and what has come arrives: %i bytes',
    async (size) => {
      const gate = await start();
      const client = await gate.connect();
      await client.send(requestBytes('GET', '/containers/x/logs'));
      const call = await gate.daemon.nextCall();
      await call.start('close-delimited');
      const written = call.write(Buffer.alloc(size, 0x61));
      // The client reads nothing until everything on the way is full.
      await settled(() => client.socket.bytesRead);
      void written.then(() => call.end());
      const answer = await within(HANG_MS, client.readAnswer());
      expect(answer.framing).toBe('close');
      expect(answer.body).toHaveLength(size);
      await expectAlive(gate);
    },
  );

  it('does not end the process when the client goes at the same moment', async () => {
    const gate = await start();
    for (let turn = 0; turn < 20; turn += 1) {
      const client = await gate.connect();
      await client.send(requestBytes('GET', '/containers/x/logs'));
      const call = await gate.daemon.nextCall();
      await call.start('close-delimited');
      void call.write(Buffer.alloc(MIB));
      await client.readHead();
      client.reset();
      call.breakOff();
    }
    await expectAlive(gate);
  });
});

/**
 * Flaws inside the daemon, which no gate in front of it mends without a policy. What can be
 * promised is that the call by which they are used is in the record, with who made it.
 */
describe('a flaw inside the daemon: the call that uses it is recorded with its user', () => {
  it.each([
    [
      'CVE-2026-33997 (privileges of a plugin)',
      'POST',
      '/plugins/pull?remote=evil/plugin',
      'plugin.install',
    ],
    [
      'CVE-2026-41567 (a decompressor out of the container)',
      'PUT',
      '/containers/x/archive?path=/',
      'container.archive_put',
    ],
    [
      'CVE-2026-41568 (race of docker cp)',
      'GET',
      '/containers/x/archive?path=/a',
      'container.archive_get',
    ],
    [
      'CVE-2026-42306 (race of docker cp)',
      'HEAD',
      '/containers/x/archive?path=/a',
      'container.archive_stat',
    ],
  ])('%s: %s %s', async (_, method, target, action) => {
    const gate = await start();
    answerAll(gate);
    const bob = await gate.ca.client('bob');
    const { client } = await exchange(gate, requestBytes(method, target), { leaf: bob });
    expect(linesOf(gate, client)).toMatchObject([{ user: 'bob', action, method, status: 200 }]);
  });
});
