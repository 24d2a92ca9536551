import { describe, expect, it } from 'vitest';
import { within } from '../support/fake/within.ts';
import { ByteSource } from '../support/fake/byte-source.ts';
import { startGateFor } from '../support/gate.ts';
import { connectPlain } from '../support/raw-client.ts';

/** The promises are 10 s; the listener looks once a second. */
const LIMIT_MS = 15_000;

// At the same time, since all they do is wait.
describe.concurrent('the gate', () => {
  it('cuts a peer that never finishes its handshake', async (test) => {
    const { port, audit } = await startGateFor(test);
    const socket = await connectPlain(port);
    const source = new ByteSource(socket);
    await within(LIMIT_MS, source.readAll());
    socket.destroy();

    expect((await audit.next({ event: 'peer-refused' }))['remote']).toMatch(/^127\.0\.0\.1:/);
  });

  it('cuts an admitted client that never finishes the head of a request', async (test) => {
    const { daemon, connect } = await startGateFor(test);
    const client = await connect();
    await client.send('GET /info HTTP/1.1\r\nHost: d\r\nX-Slow: ');
    await within(LIMIT_MS, client.source.readAll());

    expect(daemon.connections.all).toHaveLength(0);
  });

  it('cuts a refused peer that reads its answer and never leaves', async (test) => {
    const { connect } = await startGateFor(test);
    const client = await connect({ leaf: undefined });
    await client.send('GET / HTTP/1.1\r\n\r\n');
    expect((await client.readAnswer()).status).toBe(403);
    const gone = new Promise((resolve) => client.socket.once('close', resolve));
    await client.source.readAll();
    // Still open on this side: only the gate can end it for good.
    const dripping = setInterval(() => void client.send('x'), 100);

    await within(LIMIT_MS, gone);
    clearInterval(dripping);
  });

  it('closes hard on a refused peer that pours without end', async (test) => {
    const { connect } = await startGateFor(test);
    const client = await connect({ leaf: undefined });
    let poured = 0;
    const piece = Buffer.alloc(1024 * 1024);
    const pouring = async () => {
      while (await client.send(piece)) poured += piece.length;
    };

    await within(LIMIT_MS, pouring());
    expect(poured).toBeLessThan(64 * 1024 * 1024);
  });
});
