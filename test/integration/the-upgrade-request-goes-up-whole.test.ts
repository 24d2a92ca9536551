import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { EXEC_START, UPGRADES, upgradeBytes } from '../support/raw/hijack-client.ts';

const start = useGate();

const BODY = '{"Detach":false,"Tty":false}';
const PLAIN_HEAD =
  'POST /v1.41/exec/e1/start HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n';
const HEAD = `${PLAIN_HEAD}Connection: Upgrade\r\nUpgrade: tcp\r\n`;

it.each(Object.entries(UPGRADES))('sends head and body in one write: %s', async (_, upgrade) => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(upgradeBytes(upgrade));
  const call = await daemon.nextCall();

  expect((await call.body.readAll()).toString()).toBe(upgrade.body ?? '');
  expect(call.connection.segments).toHaveLength(1);
  expect(`${call.method} ${call.target}`).toBe(`${upgrade.method} ${upgrade.target}`);
  expect(call.header('upgrade')).toBe(upgrade.token);
  expect(call.header('connection')?.toLowerCase()).toBe('upgrade');
});

it('gathers a body that comes in pieces before a byte goes up', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const request = Buffer.concat([
    Buffer.from(`${HEAD}Content-Length: ${BODY.length}\r\n\r\n${BODY}`),
  ]);
  await client.sendPieces([...request].map((byte) => Buffer.of(byte)));
  const call = await daemon.nextCall();

  expect((await call.body.readAll()).toString()).toBe(BODY);
  expect(call.connection.segments).toHaveLength(1);
});

// dockerode sends a chunked body; a terminator that came late would become the container's input.
it('turns a chunked body into one with Content-Length', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const half = BODY.slice(0, 10);
  const rest = BODY.slice(10);
  await client.sendPieces([
    `${HEAD}Transfer-Encoding: chunked\r\n\r\n`,
    `${half.length.toString(16)}\r\n${half}\r\n`,
    `${rest.length.toString(16)}\r\n${rest}\r\n`,
    '0\r\n\r\n',
  ]);
  const call = await daemon.nextCall();

  expect(call.body.framing).toBe('length');
  expect((await call.body.readAll()).toString()).toBe(BODY);
  const container = await call.hijack('raw-stream');
  expect((await client.readHead())?.status).toBe(101);
  client.end();
  expect(container.lost.toString()).toBe('');
  expect((await container.readAll()).toString()).toBe('');
});

it('refuses a broken chunked body with 400 and without a byte to the daemon', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send(`${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`);

  expect((await client.readAnswer('POST')).status).toBe(400);
  expect(daemon.bytesReceived).toBe(0);
});

it('never upgrades before the body is whole', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const bytes = upgradeBytes(EXEC_START);
  await client.send(bytes.subarray(0, -1));
  client.end();
  await client.source.readAll();

  expect(daemon.calls.all).toHaveLength(0);
});

it.each([
  ['with an upgrade', HEAD],
  ['without one', PLAIN_HEAD],
])('refuses an exec start of more than 1 MiB with 413: %s', async (_, head) => {
  const { daemon, audit, connect } = await start();
  const client = await connect();
  const size = 5 * 1024 * 1024;
  void client.send(`${head}Content-Length: ${size}\r\n\r\n`);
  void client.send(Buffer.alloc(size, 0x20));

  expect((await client.readAnswer('POST')).status).toBe(413);
  expect(daemon.bytesReceived).toBe(0);
  expect(await audit.next({ event: 'call' })).toMatchObject({ status: 413, end: 'refused' });
});
