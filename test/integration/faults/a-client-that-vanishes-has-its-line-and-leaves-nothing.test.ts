import { describe, expect, it } from 'vitest';
import { KINDS } from '../../support/faults/kinds.ts';
import { useScene } from '../../support/faults/scene.ts';
import { within } from '../../support/fake/within.ts';
import { connectPlain, type RawClient } from '../../support/raw-client.ts';

const start = useScene();

/** The promise of the product: the daemon hears of it within a second. */
const LIMIT_MS = 1000;

const WAYS: Readonly<Record<string, (client: RawClient) => unknown>> = {
  FIN: (client) => {
    client.destroy();
  },
  RST: (client) => {
    client.reset();
    // Node 20 crashes where a TLS socket is destroyed in the same turn as its TCP socket is reset.
    return client.ending;
  },
};

describe.each(Object.entries(WAYS))('by a %s', (way, vanish) => {
  it.each(Object.entries(KINDS))('from the middle of the answer to %s', async (_, kind) => {
    const scene = await start();
    const client = await scene.connect();
    await client.send(kind.bytes);
    const call = await scene.test.daemon.nextCall();
    await kind.begin(call);
    expect((await client.readHead())?.status).toBe(kind.status);
    await vanish(client);

    await within(LIMIT_MS, call.connection.peerEnded);
    // The daemon of a raw stream closes only its own half, once it has seen the end.
    call.connection.end();
    await within(LIMIT_MS, call.connection.closed);
    // From a raw stream a FIN may as well be an orderly end of input.
    const end = kind.raw ? {} : { end: 'client-gone' };
    await scene.isOver([{ action: kind.action, status: kind.status, ...end }]);
  });

  it('from the middle of an upload', async () => {
    const scene = await start();
    const client = await scene.connect();
    await client.send('POST /build HTTP/1.1\r\nHost: d\r\nContent-Length: 1000\r\n\r\nhalf');
    const call = await scene.test.daemon.nextCall();
    expect((await call.connection.source.readExactly(4)).toString()).toBe('half');
    await vanish(client);

    await within(LIMIT_MS, call.connection.closed);
    await scene.isOver([{ action: 'image.build', status: 0, bytes_in: 4, end: 'client-gone' }]);
  });

  it('from the middle of a head, which never becomes a call of the daemon', async () => {
    const scene = await start();
    const client = await scene.connect();
    await client.send('GET /info HTTP/1.1\r\nHost:');
    await scene.serves();
    await vanish(client);

    // Bytes that were no request have a line of their own where they ended, none where they broke.
    const lines = way === 'FIN' ? [{ status: 400, end: 'refused' }] : [];
    await scene.isOver([...lines, { action: 'system.ping', status: 200 }]);
    expect(scene.test.daemon.calls.all.map((call) => call.path)).not.toContain('/info');
  });

  it('right behind the handshake, without a call', async () => {
    const scene = await start();
    await vanish(await scene.connect());
    await scene.isOver([]);
  });
});

it('in the middle of a handshake, with a line that says so', async () => {
  const scene = await start();
  const socket = await connectPlain(scene.test.port);
  await new Promise((resolve) => socket.write(CLIENT_HELLO.subarray(0, 20), resolve));
  const { localPort } = socket;
  socket.destroy();

  const line = await within(5000, scene.test.audit.next({ event: 'peer-refused' }));
  expect(line['remote']).toBe(`127.0.0.1:${localPort ?? 0}`);
  await scene.isOver([]);
});

/** The beginning of a record that announces a ClientHello of 512 bytes. */
const CLIENT_HELLO = Buffer.concat([
  Buffer.from('1603010200010001fc0303', 'hex'),
  Buffer.alloc(64),
]);
