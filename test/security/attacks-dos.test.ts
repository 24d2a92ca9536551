import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ByteSource } from '../support/fake/byte-source.ts';
import { settled } from '../support/fake/settled.ts';
import { within } from '../support/fake/within.ts';
import { useGate, type TestGate } from '../support/gate.ts';
import { connectPlain, requestBytes, type RawClient } from '../support/raw-client.ts';
import { ATTACH, EXEC_START, openTunnel, upgradeBytes } from '../support/raw/hijack-client.ts';
import {
  answerAll,
  exchange,
  expectAlive,
  HANG_MS,
  head,
  refusalIn,
} from '../support/security/attack.ts';

const start = useGate();

const LIMITS = {
  connections: 100,
  connectionsPerUser: 100,
  streamsPerUser: 100,
  handshakes: 100,
  handshakesPerSecond: 100,
};

it('DOS-001: peers that never finish a handshake are capped, and do not keep others out for long', async () => {
  const gate = await start({ limits: { ...LIMITS, handshakes: 3 } });
  const silent = [];
  for (let turn = 0; turn < 3; turn += 1) silent.push(await connectPlain(gate.port));
  const one = await connectPlain(gate.port);
  await within(HANG_MS, new ByteSource(one).ended);
  one.destroy();
  expect(await gate.audit.next({ event: 'peer-refused' })).toMatchObject({
    reason: 'more than 3 unidentified connections',
  });

  for (const socket of silent) socket.resetAndDestroy();
  await settled(() => gate.audit.all.length);
  await expectAlive(gate);
});

it('DOS-001: a peer that goes inside its handshake does not keep its place', async () => {
  const gate = await start({ limits: { ...LIMITS, handshakes: 3 } });
  for (let turn = 0; turn < 3; turn += 1) (await connectPlain(gate.port)).destroy();
  await settled(() => gate.audit.all.length);
  await expectAlive(gate);
});

/** Streams of one kind, opened until the cap says no. */
async function openUntilRefused(
  gate: TestGate,
  open: (client: RawClient) => Promise<unknown>,
  request: Buffer | string,
): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const client = await gate.connect();
    await open(client);
    clients.push(client);
  }
  const { answer } = await exchange(gate, request);
  expect(answer.status).toBe(429);
  expect(refusalIn(answer)).toMatch(/alice.*3 streams/);
  return clients;
}

describe.each(['DOS-002: idle tunnels', 'DOS-003: streams of events'])('%s', (row) => {
  const isTunnel = row.startsWith('DOS-002');
  const request = isTunnel ? upgradeBytes(ATTACH) : requestBytes('GET', '/events');
  const openOne =
    ({ daemon }: TestGate) =>
    async (client: RawClient): Promise<void> => {
      if (isTunnel) {
        await openTunnel(client, daemon);
        return;
      }
      await client.send(request);
      await (await daemon.nextCall()).start('chunked');
      expect((await client.readHead())?.status).toBe(200);
    };

  it(`${row} of one user are capped; other calls, other users and the next one are not`, async () => {
    const gate = await start({ limits: { ...LIMITS, streamsPerUser: 3 } });
    const open = openOne(gate);
    const [first] = await openUntilRefused(gate, open, request);
    expect(gate.daemon.calls.all).toHaveLength(3);
    await expectAlive(gate);
    await open(await gate.connect({ leaf: await gate.ca.client('bob') }));

    first?.reset();
    await gate.audit.next({ event: 'call', end: 'client-gone' });
    await open(await gate.connect());
  });
});

describe('DOS-006', () => {
  const LONG = 100_000;

  it.each([
    ['letters', `/containers/${'a'.repeat(LONG)}/json`],
    ['segments', `/containers/${'a/'.repeat(LONG / 2)}json`],
    ['route words', `/containers/${'attach/ws/'.repeat(LONG / 10)}json`],
    ['escapes', `/images/${'%61'.repeat(LONG / 3)}/json`],
    ['parameters', `/images/json?${'a=b&'.repeat(LONG / 4)}`],
    ['digits of a version', `/v1.${'4'.repeat(LONG)}/info`],
    ['dots', `/containers/${'.'.repeat(LONG)}/json`],
  ])('DOS-006: 100 KB of %s cost less than a second', async (_, target) => {
    const gate = await start();
    answerAll(gate, 404);
    const client = await gate.connect();
    const answer = await within(1_000, client.call('GET', target));
    expect([400, 404]).toContain(answer.status);
    expect(gate.audit.text.length).toBeLessThan(20_000);
  });
});

it('DOS-007: an archive that would unpack to gigabytes passes packed, byte for byte', async () => {
  const gate = await start();
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const client = await gate.connect();
  const answer = client.call('POST', '/images/load', {
    headers: [['Content-Type', 'application/x-tar']],
    body: bomb,
  });
  const call = await gate.daemon.nextCall();
  expect((await call.body.readAll()).equals(bomb)).toBe(true);
  await call.json(200, {});
  expect((await answer).status).toBe(200);
});

it('DOS-008: an export that nobody reads is not gathered in the gate', async () => {
  const gate = await start();
  const client = await gate.connect();
  await client.send(requestBytes('GET', '/containers/x/export'));
  const call = await gate.daemon.nextCall();
  await call.start('chunked');
  await client.readHead();
  const piece = Buffer.alloc(64 * 1024);
  let poured = 0;
  const pouring = async (): Promise<void> => {
    while (poured < 96 * 1024 * 1024 && (await call.write(piece))) poured += piece.length;
  };
  void pouring();
  await settled(() => poured);
  expect(poured).toBeLessThan(24 * 1024 * 1024);
});

it('DOS-009: a daemon that never answers holds its one call only, until its client goes', async () => {
  const gate = await start();
  const client = await gate.connect();
  await client.send(requestBytes('GET', '/info'));
  const call = await gate.daemon.nextCall('GET /info');
  await expectAlive(gate);
  client.destroy();
  await within(1_000, call.connection.closed);
  expect(await gate.audit.next({ event: 'call', action: 'system.info' })).toMatchObject({
    status: 0,
    end: 'client-gone',
  });
});

describe('DOS-010', () => {
  /** Each brings a client to some stage of a call, and leaves it to the reset. */
  const STAGES: Readonly<Record<string, (gate: TestGate, client: RawClient) => Promise<unknown>>> =
    {
      'before its first byte': () => Promise.resolve(),
      'inside a head': (_, client) => client.send('GET /info HT'),
      'while its call waits for the daemon': async ({ daemon }, client) => {
        await client.send(requestBytes('GET', '/info'));
        await daemon.nextCall();
      },
      'inside its upload': async ({ daemon }, client) => {
        await client.send(`${head('POST /build HTTP/1.1', 'Host: d', 'Content-Length: 9')}half`);
        await daemon.nextCall();
      },
      'inside a chunk of its upload': async ({ daemon }, client) => {
        const build = ['POST /build HTTP/1.1', 'Host: d', 'Transfer-Encoding: chunked'];
        await client.send(`${head(...build)}ff\r\nhalf`);
        await daemon.nextCall();
      },
      'inside its answer': async ({ daemon }, client) => {
        await client.send(requestBytes('GET', '/events'));
        await (await daemon.nextCall()).start('chunked');
        await client.readHead();
      },
      'inside the body of an upgrade': (_, client) =>
        client.send(upgradeBytes(EXEC_START).subarray(0, -3)),
      'while its upgrade waits for the daemon': async ({ daemon }, client) => {
        await client.send(upgradeBytes(EXEC_START));
        await daemon.nextCall();
      },
      'inside its tunnel': async ({ daemon }, client) => {
        await openTunnel(client, daemon, EXEC_START);
      },
      'while a refusal is on its way': (_, client) =>
        client.send(head('GET //info HTTP/1.1', 'Host: d', 'Content-Length: 99')),
      'with pipelined calls in wait': async ({ daemon }, client) => {
        await client.send(Buffer.concat(Array.from({ length: 9 }, () => requestBytes('GET', '/'))));
        await daemon.nextCall();
      },
    };

  it.each(Object.entries(STAGES))(
    'DOS-010: a client that resets %s does the gate no harm',
    async (_, bring) => {
      const gate = await start();
      const client = await gate.connect();
      await bring(gate, client);
      client.reset();
      await client.ending;
      await expectAlive(gate);
      expect(gate.log.having({ msg: 'a call could not be ended in order' })).toEqual([]);
    },
  );

  it('DOS-010: a peer that resets inside its handshake does the gate no harm', async () => {
    const gate = await start();
    for (const bytes of ['', '\x16', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03']) {
      const socket = await connectPlain(gate.port);
      await new Promise((resolve) => socket.write(Buffer.from(bytes, 'latin1'), resolve));
      socket.resetAndDestroy();
    }
    await expectAlive(gate);
  });

  it('DOS-010: a daemon that resets at every stage does the gate no harm', async () => {
    const gate = await start();
    const pieces = ['', 'HTTP', 'HTTP/1.1 200 OK\r\nContent-Le', 'ngth: 9\r\n\r\n', 'half'];
    for (const [at] of pieces.entries()) {
      const client = await gate.connect();
      await client.send(`${head('POST /build HTTP/1.1', 'Host: d', 'Content-Length: 9')}unread`);
      const call = await gate.daemon.nextCall('POST /build');
      await call.raw(pieces.slice(0, at + 1).join(''));
      call.breakOff();
      const answer = await within(HANG_MS, client.source.readAll());
      expect(answer.toString()).not.toMatch(/^HTTP\/1\.1 200[^]*half./);
      await expectAlive(gate);
    }
    expect(gate.audit.having({ action: 'image.build', event: 'call' })).toHaveLength(5);
  });
});
