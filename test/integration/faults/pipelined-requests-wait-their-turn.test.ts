import { describe, expect, it } from 'vitest';
import { useScene } from '../../support/faults/scene.ts';
import { settled } from '../../support/fake/settled.ts';
import { within } from '../../support/fake/within.ts';
import { requestBytes } from '../../support/raw-client.ts';
import { EXEC_START, upgradeBytes } from '../../support/raw/hijack-client.ts';

const start = useScene();

const targetOf = (turn: number): string => `/containers/${turn}/json`;
const requests = (count: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, turn) => requestBytes('GET', targetOf(turn))));
const CLOSE = [['Connection', 'close']] as const;
const INSPECT = { action: 'container.inspect' };

/** The one that is served, and those that may wait behind it. */
const MOST = 1 + 64;

it(`serves ${MOST} requests of one segment in order, one at a time`, async () => {
  const scene = await start();
  const { daemon } = scene.test;
  const client = await scene.connect();
  await client.send(requests(MOST));

  for (let turn = 0; turn < MOST; turn += 1) {
    const call = await daemon.nextCall();
    await settled(() => daemon.calls.all.length);
    expect(daemon.calls.all).toHaveLength(turn + 1);
    expect(call.target).toBe(targetOf(turn));
    await call.answer(200, CLOSE, call.target);
    const answer = await client.readAnswer();
    expect(answer.body.toString()).toBe(targetOf(turn));
  }
  await scene.isOver(
    Array.from({ length: MOST }, (_, turn) => ({
      ...INSPECT,
      path: targetOf(turn),
      end: 'complete',
    })),
  );
});

it('keeps the order where the first answer is late, and where answers are of all lengths', async () => {
  const scene = await start();
  const { daemon } = scene.test;
  daemon.on(
    (call) => call.path.startsWith('/containers/') && call.target !== targetOf(0),
    (call) => call.answer(200, CLOSE, `${call.target}${'x'.repeat(call.target.length * 5000)}`),
  );
  const client = await scene.connect();
  await client.send(requests(12));
  const first = await daemon.nextCall();
  await scene.serves();
  await first.answer(200, CLOSE, targetOf(0));

  for (let turn = 0; turn < 12; turn += 1) {
    const answer = await client.readAnswer();
    expect(answer.isWhole).toBe(true);
    expect(answer.body.toString()).toMatch(new RegExp(`^${targetOf(turn)}x*$`));
  }
  await scene.isOver([
    ...Array.from({ length: 12 }, () => INSPECT),
    { action: 'system.ping', status: 200 },
  ]);
});

it(`drops a connection on which more than ${MOST} wait, with a line for each request`, async () => {
  const scene = await start();
  const { daemon } = scene.test;
  const client = await scene.connect();
  await client.send(requests(MOST));
  const call = await daemon.nextCall();
  await settled(() => daemon.calls.all.length);
  await client.send(requestBytes('GET', '/version'));
  await within(1000, call.connection.closed);
  await client.source.readAll();

  await scene.isOver([
    { status: 400, end: 'refused' },
    ...Array.from({ length: MOST }, (_, turn) => ({
      path: targetOf(turn),
      status: 0,
      end: 'client-gone',
    })),
  ]);
  expect(daemon.calls.all.filter((seen) => seen.path !== '/_ping')).toHaveLength(1);
});

it('writes no more lines than there were requests when hundreds come in one segment', async () => {
  const scene = await start();
  const { daemon, audit } = scene.test;
  const client = await scene.connect();
  await client.send(requests(500));
  await client.source.readAll();
  await scene.serves();

  expect(audit.having({ event: 'call' }).length).toBeLessThanOrEqual(501);
  expect(daemon.calls.all.filter((seen) => seen.path !== '/_ping').length).toBeLessThanOrEqual(1);
});

it('drops what waits when the client goes, and the daemon never sees it', async () => {
  const scene = await start();
  const { daemon } = scene.test;
  const client = await scene.connect();
  await client.send(requests(5));
  const call = await daemon.nextCall();
  client.destroy();
  await within(1000, call.connection.closed);

  await scene.isOver(
    Array.from({ length: 5 }, (_, turn) => ({
      path: targetOf(turn),
      status: 0,
      end: 'client-gone',
    })),
  );
  expect(daemon.calls.all.filter((seen) => seen.path !== '/_ping')).toHaveLength(1);
});

it('answers what came before bytes that are no request, then refuses these', async () => {
  const scene = await start();
  const { daemon } = scene.test;
  const client = await scene.connect();
  await client.send(Buffer.concat([requests(2), Buffer.from('NO HTTP AT ALL\r\n\r\n')]));
  for (let turn = 0; turn < 2; turn += 1) {
    await (await daemon.nextCall()).answer(200, CLOSE, 'x');
    expect((await client.readAnswer()).status).toBe(200);
  }
  expect((await client.readAnswer()).status).toBe(400);
  await client.source.readAll();

  await scene.isOver([INSPECT, INSPECT, { status: 400, end: 'refused' }]);
});

describe('an upgrade behind pipelined requests', () => {
  it('goes up once they are answered, and is a tunnel as any other', async () => {
    const scene = await start();
    const { daemon } = scene.test;
    const client = await scene.connect();
    await client.send(Buffer.concat([requests(3), upgradeBytes(EXEC_START), Buffer.from('early')]));
    for (let turn = 0; turn < 3; turn += 1) {
      const call = await daemon.nextCall();
      await settled(() => daemon.calls.all.length);
      expect(daemon.calls.all).toHaveLength(turn + 1);
      await call.answer(200, CLOSE, call.target);
      expect((await client.readAnswer()).body.toString()).toBe(targetOf(turn));
    }
    const call = await daemon.nextCall('POST /exec/e1/start');
    await call.body.readAll();
    const container = await call.hijack('raw-stream');
    expect((await client.readHead())?.status).toBe(101);
    client.end();
    expect((await container.readAll()).toString()).toBe('early');
    await container.write('output');
    container.end();
    expect((await client.source.readAll()).toString()).toBe('output');

    await scene.isOver([
      INSPECT,
      INSPECT,
      INSPECT,
      { action: 'exec.start', status: 101, bytes_out: 6, end: 'complete' },
    ]);
  });
});

describe('a call hijacked without an upgrade', () => {
  const request = requestBytes('POST', '/exec/e1/start', {
    headers: [['Content-Type', 'application/json']],
    body: '{"Detach":false}',
  });

  it('takes the connection; requests behind it are never served, and have their lines', async () => {
    const scene = await start();
    const { daemon } = scene.test;
    const client = await scene.connect();
    await client.send(Buffer.concat([request, requests(2)]));
    const call = await daemon.nextCall();
    await call.body.readAll();
    const container = await call.hijack('no-upgrade');
    expect((await client.readHead())?.status).toBe(200);
    await container.write('output');
    container.end();
    expect((await client.source.readAll()).toString()).toBe('output');
    client.end();

    const leftover = { action: undefined, status: 0, end: 'client-gone' };
    await scene.isOver([
      { action: 'exec.start', status: 200, end: 'complete' },
      { ...leftover, path: targetOf(0) },
      { ...leftover, path: targetOf(1) },
    ]);
    expect(daemon.calls.all.filter((seen) => seen.path !== '/_ping')).toHaveLength(1);
  });

  it('that is not hijacked after all leaves the connection to the requests behind it', async () => {
    const scene = await start();
    const { daemon } = scene.test;
    const client = await scene.connect();
    await client.send(Buffer.concat([request, requests(1)]));
    const call = await daemon.nextCall();
    await call.body.readAll();
    await call.json(409, { message: 'container is paused' }, CLOSE);
    expect((await client.readAnswer('POST')).status).toBe(409);
    await (await daemon.nextCall()).answer(200, CLOSE, 'x');
    expect((await client.readAnswer()).status).toBe(200);

    await scene.isOver([{ action: 'exec.start', status: 409, end: 'complete' }, INSPECT]);
  });
});
