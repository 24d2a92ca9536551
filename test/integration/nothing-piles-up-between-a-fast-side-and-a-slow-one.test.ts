import { expect, it } from 'vitest';
import type { DaemonCall } from '../support/fake/daemon-call.ts';
import { settled } from '../support/fake/settled.ts';
import { useGate } from '../support/gate.ts';
import type { RawClient } from '../support/raw-client.ts';
import { openTunnel } from '../support/raw/hijack-client.ts';

const start = useGate();

const PIECE = Buffer.alloc(64 * 1024, 0x61);
/** Kernel buffers of both legs and what Node reads ahead; far below what is offered. */
const IN_FLIGHT = 24 * 1024 * 1024;
const OFFERED = 96 * 1024 * 1024;

/** Offers bytes, a piece at a time, and says how many had gone when nothing moved any more. */
async function pour(write: (piece: Buffer) => Promise<boolean>): Promise<number> {
  let poured = 0;
  const pouring = async () => {
    while (poured < OFFERED && (await write(PIECE))) poured += PIECE.length;
  };
  void pouring();
  await settled(() => poured);
  return poured;
}

it('stops reading the daemon while the client does not read', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send('GET /containers/x/export HTTP/1.1\r\nHost: d\r\n\r\n');
  const call: DaemonCall = await daemon.nextCall();
  await call.start({ length: OFFERED });
  await client.readHead();

  expect(await pour((piece) => call.raw(piece))).toBeLessThan(IN_FLIGHT);
});

it('stops reading the client while the daemon does not read', async () => {
  const { daemon, connect } = await start();
  const client: RawClient = await connect();
  await client.send(`POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: ${OFFERED}\r\n\r\n`);

  expect(await pour((piece) => client.send(piece))).toBeLessThan(IN_FLIGHT);
  expect(daemon.calls.all).toHaveLength(1);
});

it('stops reading the container while the client of a tunnel does not read', async () => {
  const { daemon, connect } = await start();
  const { container } = await openTunnel(await connect(), daemon);

  expect(await pour((piece) => container.write(piece))).toBeLessThan(IN_FLIGHT);
});

it('stops reading the client of a tunnel while the container does not read', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await openTunnel(client, daemon);

  expect(await pour((piece) => client.send(piece))).toBeLessThan(IN_FLIGHT);
});

it('stops reading the client of a tunnel while the daemon has not said 101', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(
    'POST /containers/x/attach HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n',
  );
  await daemon.nextCall();

  expect(await pour((piece) => client.send(piece))).toBeLessThan(IN_FLIGHT);
});

it('goes on where it stopped, and loses nothing', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const { container } = await openTunnel(client, daemon);
  let written = 0;
  const poured = (async () => {
    for (; written < 300; written += 1) await container.write(PIECE);
    container.end();
  })();
  await settled(() => written);
  expect(written).toBeLessThan(300);

  expect((await client.source.readAll()).length).toBe(300 * PIECE.length);
  await poured;
});
