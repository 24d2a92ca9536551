import { describe, expect, it } from 'vitest';
import { KINDS } from '../../support/faults/kinds.ts';
import { useScene, type Scene } from '../../support/faults/scene.ts';
import { within } from '../../support/fake/within.ts';
import { connectPlain, type RawClient } from '../../support/raw-client.ts';
import { headerValue, type Response } from '../../support/raw/response-reader.ts';

const start = useScene();

const LIMITS = {
  connections: 1000,
  connectionsPerUser: 1000,
  streamsPerUser: 1000,
  handshakes: 1000,
  handshakesPerSecond: 100,
};

function messageOf(answer: Response): string {
  expect(headerValue(answer, 'content-type')).toBe('application/json');
  return (JSON.parse(answer.body.toString()) as { message: string }).message;
}

/** Whether a new client of alice's is let in and served. */
async function isServed(scene: Scene): Promise<boolean> {
  try {
    const client = await scene.connect();
    const { status } = await client.call('GET', '/_ping');
    client.destroy();
    await client.ending;
    return status === 200;
  } catch {
    return false;
  }
}

/** Comes again until the gate has noticed that somebody left. */
async function untilServed(scene: Scene): Promise<void> {
  const start = performance.now();
  while (!(await isServed(scene))) expect(performance.now() - start).toBeLessThan(5000);
}

const peersRefused = ({ test }: Scene) => test.audit.having({ event: 'peer-refused' });

describe('connections, all together', () => {
  it('beyond the cap are closed before a handshake, with a line, and no others are', async () => {
    const scene = await start({ limits: { ...LIMITS, connections: 3 } });
    const kept = [await scene.connect(), await scene.connect(), await scene.connect()];
    await expect(scene.connect()).rejects.toThrow();
    const line = await within(5000, scene.test.audit.next({ event: 'peer-refused' }));
    expect(line).toMatchObject({ reason: 'more than 3 connections' });
    expect(line['remote']).toMatch(/^127\.0\.0\.1:\d+$/);
    for (const client of kept) expect((await client.call('GET', '/_ping')).status).toBe(200);

    for (const client of kept) client.destroy();
    await untilServed(scene);
    await scene.isOver(kept.map(() => ({ action: 'system.ping', status: 200 })));
  });
});

describe('connections of one user', () => {
  it('beyond the cap are told so with a 429, and other users are let in', async () => {
    const scene = await start({ limits: { ...LIMITS, connectionsPerUser: 2 } });
    const bob = await scene.test.ca.client('bob');
    const kept = [await scene.connect(), await scene.connect()];
    const surplus = await scene.connect();
    const answer = await surplus.call('GET', '/_ping');
    expect(answer.status).toBe(429);
    expect(messageOf(answer)).toBe('refused: user alice has 2 connections open');
    await surplus.source.readAll();
    expect(await within(5000, scene.test.audit.next({ event: 'peer-refused' }))).toMatchObject({
      remote: `127.0.0.1:${surplus.localPort}`,
      reason: 'refused: user alice has 2 connections open',
    });
    const other = await scene.connect({ leaf: bob });
    expect((await other.call('GET', '/_ping')).status).toBe(200);
    for (const client of kept) expect((await client.call('GET', '/_ping')).status).toBe(200);

    for (const client of [...kept, surplus, other]) client.destroy();
    await untilServed(scene);
    await scene.isOver(Array.from({ length: 4 }, () => ({ action: 'system.ping', status: 200 })));
  });
});

describe('streams of one user', () => {
  it.each(Object.entries(KINDS).filter(([, { action }]) => action !== 'system.info'))(
    'beyond the cap get a 429 and a line: %s',
    async (_, kind) => {
      const scene = await start({ limits: { ...LIMITS, streamsPerUser: 1 } });
      const { daemon, ca } = scene.test;
      const open = async (client: RawClient) => {
        await client.send(kind.bytes);
        const call = await daemon.nextCall();
        await kind.begin(call);
        expect((await client.readHead())?.status).toBe(kind.status);
        return call;
      };
      const first = await scene.connect();
      const call = await open(first);
      const surplus = await scene.connect();
      await surplus.send(kind.bytes);
      const answer = await surplus.readAnswer(kind.method);
      expect(answer.status).toBe(429);
      expect(messageOf(answer)).toBe('refused: user alice has 1 streams open, the most allowed');
      // What is no stream is not counted, and neither are others.
      await scene.serves();
      const other = await scene.connect({ leaf: await ca.client('bob') });
      const others = await open(other);

      first.reset();
      await first.ending;
      await within(1000, call.connection.peerEnded);
      call.breakOff();
      const next = await open(await scene.connect());
      for (const each of [others, next]) each.connection.destroy();
      await scene.isOver([
        { action: kind.action, status: kind.status, user: 'alice', end: 'client-gone' },
        { action: kind.action, status: 429, user: 'alice', end: 'refused' },
        { action: kind.action, status: kind.status, user: 'alice' },
        { action: kind.action, status: kind.status, user: 'bob' },
        { action: 'system.ping' },
      ]);
      expect(daemon.calls.all.filter((seen) => seen.path !== '/_ping')).toHaveLength(3);
    },
  );
});

describe('handshakes', () => {
  it('of one address wait for their share, while others are let in at once', async () => {
    const [perSecond, flood] = [20, 50];
    const scene = await start({ limits: { ...LIMITS, handshakesPerSecond: perSecond } });
    const first = await scene.connect();
    const began = performance.now();
    let done = 0;
    let many: Promise<RawClient>[] = [];
    await new Promise<void>((resolve) => {
      many = Array.from({ length: flood }, async () => {
        const client = await scene.connect({ from: '127.0.0.2' });
        done += 1;
        if (done === perSecond) resolve();
        return client;
      });
    });
    const other = await scene.connect();
    const share = perSecond * (1 + (performance.now() - began) / 1000);
    expect(done).toBeLessThanOrEqual(share);
    expect(done).toBeLessThan(flood);
    expect((await other.call('GET', '/_ping')).status).toBe(200);

    const clients = [first, other, ...(await Promise.all(many))];
    for (const client of clients) client.destroy();
    await scene.isOver([{ action: 'system.ping' }]);
  });
});

describe('unidentified connections', () => {
  it('beyond the cap are closed with one line each, and the identified do not count', async () => {
    const scene = await start({ limits: { ...LIMITS, handshakes: 2 } });
    const { port } = scene.test;
    for (let turn = 0; turn < 4; turn += 1) await scene.connect();
    const stalled = [await connectPlain(port), await connectPlain(port)];
    const surplus = await connectPlain(port);
    await new Promise((resolve) => surplus.resume().once('end', resolve));
    surplus.destroy();
    await expect(scene.connect()).rejects.toThrow();
    for (let turn = 0; turn < 2; turn += 1) {
      const line = await within(5000, scene.test.audit.next({ event: 'peer-refused' }));
      expect(line['reason']).toBe('more than 2 unidentified connections');
      expect(line['remote']).toMatch(/^127\.0\.0\.1:\d+$/);
    }
    expect(peersRefused(scene)).toHaveLength(2);

    for (const socket of stalled) socket.resetAndDestroy();
    await untilServed(scene);
    await scene.isOver([]);
  });

  it('of one address leave their places to those of others', async () => {
    const scene = await start({ limits: { ...LIMITS, handshakes: 3 } });
    const { port, audit } = scene.test;
    const stalled = [];
    for (let turn = 0; turn < 3; turn += 1) stalled.push(await connectPlain(port));
    const other = await scene.connect({ from: '127.0.0.2' });
    expect((await other.call('GET', '/_ping')).status).toBe(200);
    expect(await within(5000, audit.next({ event: 'peer-refused' }))).toMatchObject({
      remote: `127.0.0.1:${stalled[0]?.localPort ?? 0}`,
      reason: 'more than 3 unidentified connections',
    });
    expect(peersRefused(scene)).toHaveLength(1);

    other.destroy();
    for (const socket of stalled) socket.resetAndDestroy();
    await scene.isOver([{ action: 'system.ping' }]);
  });

  it('that were refused count until they are gone', async () => {
    const scene = await start({ limits: { ...LIMITS, handshakes: 1 } });
    const stranger = await scene.connect({ leaf: undefined });
    await expect(scene.connect()).rejects.toThrow();
    stranger.destroy();
    await stranger.ending;

    await untilServed(scene);
    await scene.isOver([]);
  });
});
