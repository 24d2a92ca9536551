import { describe, expect, it } from 'vitest';
import { HALF, KINDS } from '../../support/faults/kinds.ts';
import { useScene } from '../../support/faults/scene.ts';
import type { DaemonCall } from '../../support/fake/daemon-call.ts';
import { openTunnel } from '../../support/raw/hijack-client.ts';

const start = useScene();

const HTTP_KINDS = Object.entries(KINDS).filter(([, kind]) => !kind.raw);
const RAW_KINDS = Object.entries(KINDS).filter(([, kind]) => kind.raw);

const FAULTS: Readonly<Record<string, (call: DaemonCall) => unknown>> = {
  'closes in the middle of the body': (call) => {
    call.breakOff();
  },
  'ends its side in the middle of the body': (call) => {
    call.connection.end();
  },
};

const CHUNK_FAULTS: Readonly<Record<string, (call: DaemonCall) => unknown>> = {
  'closes in the middle of a chunk': async (call) => {
    await call.raw('ff\r\nabc');
    call.breakOff();
  },
  'closes in the middle of a chunk size': async (call) => {
    await call.raw('f');
    call.breakOff();
  },
  'closes before the end of the trailers': async (call) => {
    await call.raw('0\r\nX-Checksum: ');
    call.breakOff();
  },
  'sends garbage for a chunk size': (call) => call.raw('what is this\r\n'),
};

describe.each(HTTP_KINDS)('%s', (_, kind) => {
  const faults = kind.action === 'system.info' ? FAULTS : { ...FAULTS, ...CHUNK_FAULTS };

  it.each(Object.entries(faults))('breaks for the client when the daemon %s', async (_, fail) => {
    const scene = await start();
    const client = await scene.connect();
    await client.send(kind.bytes);
    const call = await scene.test.daemon.nextCall();
    await kind.begin(call);
    const head = await client.readHead();
    await fail(call);

    const answer = await client.readBody(head ?? expect.unreachable(), kind.method);
    expect(answer).toMatchObject({ status: kind.status, isWhole: false });
    expect(`${HALF}abc`).toContain(answer.body.toString());
    call.breakOff();
    await scene.isOver([{ action: kind.action, status: kind.status, end: 'daemon-gone' }]);
  });
});

describe.each(RAW_KINDS)('%s', (_, kind) => {
  // An end is all that a raw stream has to say: a container that ends looks the same.
  it('ends for the client, with all that came, when the daemon closes', async () => {
    const scene = await start();
    const client = await scene.connect();
    await client.send(kind.bytes);
    const call = await scene.test.daemon.nextCall();
    await kind.begin(call);
    expect((await client.readHead())?.status).toBe(kind.status);
    call.connection.destroy();

    expect((await client.source.readAll()).toString()).toBe(HALF);
    client.end();
    await scene.isOver([
      { action: kind.action, status: kind.status, bytes_out: HALF.length, end: 'complete' },
    ]);
  });
});

/** Far more than every buffer on the way holds, so that a daemon that closes leaves some unread. */
const FLOOD = Buffer.alloc(8 * 1024 * 1024);

it('breaks a tunnel for the client when the daemon resets it', async () => {
  const scene = await start();
  const client = await scene.connect();
  const { container } = await openTunnel(client, scene.test.daemon);
  const pouring = client.send(FLOOD);
  await container.read();
  container.connection.destroy();

  expect(await client.ending).not.toBe('end');
  expect(await pouring).toBe(false);
  await scene.isOver([{ action: 'container.attach', status: 101, end: 'daemon-gone' }]);
});

it('answers 502 when the daemon resets an upload that it has not read', async () => {
  const scene = await start();
  const client = await scene.connect();
  await client.send(`POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: 99999999\r\n\r\n`);
  void client.send(FLOOD);
  const call = await scene.test.daemon.nextCall();
  call.breakOff();

  expect((await client.readAnswer('POST')).status).toBe(502);
  await scene.isOver([{ action: 'image.load', status: 502, end: 'daemon-gone' }]);
});

it('breaks every call that is under way when the daemon dies, and one line tells of each', async () => {
  const scene = await start();
  const { daemon } = scene.test;
  const begun = [];
  for (const kind of Object.values(KINDS)) {
    const client = await scene.connect();
    await client.send(kind.bytes);
    const call = await daemon.nextCall();
    await kind.begin(call);
    expect((await client.readHead())?.status).toBe(kind.status);
    begun.push({ client, kind });
  }
  await daemon.stop();
  for (const { client } of begun) {
    await client.source.readAll();
    client.end();
  }
  await daemon.start();

  await scene.isOver(
    begun.map(({ kind: { action, status, raw } }) => ({
      action,
      status,
      end: raw ? 'complete' : 'daemon-gone',
    })),
  );
});
