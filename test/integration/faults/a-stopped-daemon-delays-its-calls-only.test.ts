import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KINDS } from '../../support/faults/kinds.ts';
import { startPeerDaemon, type Peer } from '../../support/faults/peer.ts';
import { within } from '../../support/fake/within.ts';
import { useGate } from '../../support/gate.ts';

const start = useGate();

let directory = '';
let peer: Peer | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dockgate-peer-'));
});
afterEach(async () => {
  await peer?.kill();
  await rm(directory, { recursive: true });
});

/** A gate before a daemon that accepts nothing, although the kernel lets connections wait for it. */
async function startStopped(backlog?: number) {
  const dockerSocket = join(directory, 'docker.sock');
  const daemon = await startPeerDaemon(dockerSocket, backlog);
  peer = daemon;
  await daemon.stop();
  return { stopped: daemon, ...(await start({ dockerSocket })) };
}

it.each(Object.entries(KINDS))(
  '%s waits, and is served when the daemon goes on',
  async (_, kind) => {
    const { stopped, connect, audit } = await startStopped();
    const client = await connect();
    await client.send(kind.bytes);
    stopped.resume();

    const head = await within(5000, client.readHead());
    expect(head?.status).toBe(kind.status === 101 ? 101 : 200);
    expect((await client.source.readExactly(2)).toString()).toBe('OK');
    client.end();
    await within(5000, audit.next({ event: 'call', action: kind.action, end: 'complete' }));
    expect(audit.having({ event: 'call' })).toHaveLength(1);
  },
);

// Only calls that may last show in the trail that the gate has begun with them.
it.each(Object.entries(KINDS).filter(([, { action }]) => action !== 'system.info'))(
  '%s ends within a second with a client that does not wait',
  async (_, kind) => {
    const { connect, audit } = await startStopped();
    const client = await connect();
    await client.send(kind.bytes);
    await audit.next({ event: 'intent' });
    client.reset();

    expect(await within(1000, audit.next({ event: 'call' }))).toMatchObject({
      action: kind.action,
      status: 0,
      end: 'client-gone',
    });
  },
);

it.each(Object.entries(KINDS))(
  '%s gets a 502 when no more connections may wait for the daemon',
  async (_, kind) => {
    const { connect, audit } = await startStopped(1);
    // The kernel lets one more wait than the backlog says; which of the three is late is its affair.
    const clients = [await connect(), await connect(), await connect()];
    for (const client of clients) await client.send(kind.bytes);
    const answers = clients.map((client) => client.readAnswer(kind.method));
    void Promise.allSettled(answers);
    const answer = await Promise.race(answers);

    expect(answer.status).toBe(502);
    expect(answer.body.toString()).toContain('EAGAIN');
    expect(await audit.next({ event: 'call' })).toMatchObject({
      action: kind.action,
      status: 502,
      end: 'daemon-gone',
    });
  },
);
