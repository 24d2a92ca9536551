import { afterEach, describe, expect, it } from 'vitest';
import { startPeerClient, type Peer, type PeerClientOptions } from '../../support/faults/peer.ts';
import { useScene, type Scene } from '../../support/faults/scene.ts';
import { settled } from '../../support/fake/settled.ts';
import { within } from '../../support/fake/within.ts';
import { requestBytes } from '../../support/raw-client.ts';
import { ATTACH, upgradeBytes } from '../../support/raw/hijack-client.ts';

const start = useScene();

const peers: Peer[] = [];
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.kill();
});

function startPeer({ test }: Scene, options: PeerClientOptions): Peer {
  const peer = startPeerClient(test, options);
  peers.push(peer);
  return peer;
}

const PIECE = Buffer.alloc(64 * 1024, 0x61);
/** Kernel buffers of both legs and what Node reads ahead; far below what is offered. */
const IN_FLIGHT = 24 * 1024 * 1024;
const OFFERED = 96 * 1024 * 1024;

interface Flow {
  readonly request: Buffer;
  readonly action: string;
  readonly status: number;
}

const FLOWS: Readonly<Record<string, Flow>> = {
  'a stream': {
    request: requestBytes('GET', '/containers/x/logs?follow=1&stdout=1'),
    action: 'container.logs',
    status: 200,
  },
  'an upgraded call': { request: upgradeBytes(ATTACH), action: 'container.attach', status: 101 },
};

/** The daemon's end of a flow: how it writes and how it ends. */
async function answer({ test }: Scene, { status }: Flow) {
  const call = await test.daemon.nextCall();
  if (status === 101) {
    const container = await call.hijack('raw-stream');
    const end = () => {
      container.end();
      return Promise.resolve();
    };
    return { connection: call.connection, write: container.write.bind(container), end };
  }
  await call.start('close-delimited');
  return { connection: call.connection, write: call.write.bind(call), end: () => call.end() };
}

describe.each(Object.entries(FLOWS))('that reads %s', (_, flow) => {
  it('holds up its own daemon call only, is not cut, and misses nothing afterwards', async () => {
    const scene = await start();
    const { audit } = scene.test;
    const peer = startPeer(scene, { request: flow.request });
    const daemon = await answer(scene, flow);
    await peer.hears('first bytes');
    await peer.stop();
    let written = 0;
    const pouring = (async () => {
      while (written < OFFERED && (await daemon.write(PIECE))) written += PIECE.length;
      await daemon.end();
    })();
    await settled(() => written);

    expect(written).toBeLessThan(IN_FLIGHT);
    await scene.serves();
    expect(audit.having({ event: 'call', action: flow.action })).toHaveLength(0);

    peer.resume();
    expect((await peer.hears('end')).received).toBeGreaterThan(OFFERED);
    await pouring;
    await peer.kill();
    await scene.isOver([
      { action: flow.action, status: flow.status, bytes_out: OFFERED, end: 'complete' },
      { action: 'system.ping' },
    ]);
  });

  it('is gone from the daemon within a second once it is killed', async () => {
    const scene = await start();
    const peer = startPeer(scene, { request: flow.request });
    const daemon = await answer(scene, flow);
    await peer.hears('first bytes');
    await peer.stop();
    let written = 0;
    const pouring = (async () => {
      while (await daemon.write(PIECE)) written += PIECE.length;
    })();
    await settled(() => written);

    await peer.kill();
    await within(1000, daemon.connection.closed);
    await pouring;
    await scene.isOver([{ action: flow.action, status: flow.status, end: 'client-gone' }]);
  });
});

describe('that sends an upload', () => {
  const SIZE = 32 * 1024 * 1024;
  const request = Buffer.from(
    `POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: ${SIZE}\r\n\r\n`,
  );

  it('is waited for, and its upload arrives whole afterwards', async () => {
    const scene = await start();
    const peer = startPeer(scene, { request, pour: SIZE });
    await peer.hears('pouring');
    const call = await scene.test.daemon.nextCall();
    await peer.stop();
    let read = 0;
    const reading = (async () => {
      for await (const chunk of call.body) read += chunk.length;
    })();
    await settled(() => read);
    expect(read).toBeLessThan(SIZE);
    await scene.serves();

    peer.resume();
    await reading;
    expect(call.body).toMatchObject({ isComplete: true, byteCount: SIZE });
    await call.answer(200, [['Connection', 'close']], 'loaded');
    await peer.hears('first bytes');
    await peer.kill();
    await scene.isOver([
      { action: 'image.load', status: 200, bytes_in: SIZE, end: 'complete' },
      { action: 'system.ping' },
    ]);
  });

  it('is gone from the daemon within a second once it is killed', async () => {
    const scene = await start();
    const peer = startPeer(scene, { request, pour: SIZE });
    await peer.hears('pouring');
    const call = await scene.test.daemon.nextCall();
    await peer.stop();
    const reading = call.body.readAll();
    await settled(() => call.body.byteCount);

    await peer.kill();
    await within(1000, call.connection.closed);
    expect((await reading).length).toBeLessThan(SIZE);
    await scene.isOver([{ action: 'image.load', status: 0, end: 'client-gone' }]);
  });
});
