import { expect, it } from 'vitest';
import { within } from '../support/fake/within.ts';
import { useGate, type TestGate } from '../support/gate.ts';
import { EXEC_START, openTunnel } from '../support/raw/hijack-client.ts';
import { revoke, writeInventory } from '../support/revocation.ts';
import type { Leaf, RawClient } from '../support/raw-client.ts';

const start = useGate();

/** From the change of the file to the end of what is open. */
const BITE_MS = 1_000;

const PING = 'GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n';

async function refusalFor({ connect }: TestGate, leaf: Leaf): Promise<string> {
  const client = await connect({ leaf });
  await client.send(PING);
  const answer = await client.readAnswer();
  expect(answer.status).toBe(403);
  return answer.body.toString();
}

const gone = (client: RawClient) => within(BITE_MS, client.ending);

it('closes an idle connection, refuses new ones, and leaves other users alone', async () => {
  const gate = await start();
  gate.daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const bob = await gate.ca.client('bob');
  const [hers, his] = [await gate.connect(), await gate.connect({ leaf: bob })];
  expect((await hers.call('GET', '/_ping')).status).toBe(200);

  await revoke(gate.certsDir, gate.ca, [gate.alice]);
  await gone(hers);

  expect(await refusalFor(gate, gate.alice)).toMatch(/revoked \(keyCompromise\)/);
  expect((await his.call('GET', '/_ping')).status).toBe(200);
  expect(await gate.audit.next({ event: 'connection-cut' })).toMatchObject({
    user: 'alice',
    serial: gate.alice.serial,
    reason: 'certificate revoked (keyCompromise)',
  });
  expect(await gate.audit.next({ event: 'gate-reload' })).toMatchObject({ result: 'accepted' });
});

it('ends an exec, a followed log and an upload, each with its reason', async () => {
  const gate = await start();
  const { daemon } = gate;
  const exec = await gate.connect();
  const { container } = await openTunnel(exec, daemon, EXEC_START);
  const logs = await gate.connect();
  await logs.send('GET /containers/x/logs?follow=1&stdout=1 HTTP/1.1\r\nHost: d\r\n\r\n');
  const following = await daemon.nextCall();
  await following.start('chunked');
  await logs.readHead();
  const upload = await gate.connect();
  await upload.send('POST /build HTTP/1.1\r\nHost: d\r\nContent-Length: 1000000\r\n\r\nabc');
  const building = await daemon.nextCall();

  await revoke(gate.certsDir, gate.ca, [gate.alice]);
  await Promise.all([gone(exec), gone(logs), gone(upload)]);

  for (const action of ['exec.start', 'container.logs', 'image.build']) {
    expect(await gate.audit.next({ event: 'call', action })).toMatchObject({
      end: 'certificate-ended',
      reason: 'certificate revoked (keyCompromise)',
    });
  }
  // The daemon is rid of them too.
  await within(BITE_MS, container.inputEnded);
  await within(BITE_MS, following.connection.peerEnded);
  await within(BITE_MS, building.connection.peerEnded);
});

it('ends a user by the inventory alone, should the list lag behind', async () => {
  const gate = await start();
  await revoke(gate.certsDir, gate.ca, []);
  await gate.audit.next({ event: 'gate-reload' });
  const client = await gate.connect();
  const revoked = { at: new Date().toISOString(), reason: 'cessationOfOperation' as const };
  await writeInventory(gate.certsDir, [[gate.alice, { revoked }]]);
  await gone(client);
  expect(await refusalFor(gate, gate.alice)).toMatch(/revoked \(cessationOfOperation\)/);
});

it('ends those below an intermediate CA that its root revokes', async () => {
  const gate = await start();
  const middle = await gate.ca.intermediate();
  const { cert, key } = await middle.client('carol');
  const leaf = { cert: `${cert}${middle.cert}`, key };
  const client = await gate.connect({ leaf });
  gate.daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const { status } = await client.call('GET', '/_ping');
  // Node 24 does not show what a peer sent beside its certificate: in doubt it is refused.
  if (Number.parseInt(process.versions.node) >= 24) {
    expect(status).toBe(403);
    return;
  }
  expect(status).toBe(200);

  await revoke(gate.certsDir, gate.ca, [middle]);
  await gone(client);
  expect(await refusalFor(gate, leaf)).toMatch(/revoked \(its CA: keyCompromise\)/);
});
