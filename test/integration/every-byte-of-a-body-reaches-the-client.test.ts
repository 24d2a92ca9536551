import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';

const start = useGate();

/** All values of a byte, over and over. */
const body = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, at) => at % 256));

// Short bodies and long ones leave in different ways.
const SIZES = [1, 256, 4095, 4096, 4097, 20_000];

it.each(['length', 'chunks'] as const)('of a body delimited by %s', async (kind) => {
  const { daemon, connect } = await start();
  const client = await connect();
  for (const size of SIZES) {
    const answer = client.call('GET', '/info');
    const call = await daemon.nextCall('GET /info');
    await call.start(kind === 'chunks' ? 'chunked' : { length: size });
    await call.write(body(size));
    await call.end();
    expect((await answer).body.equals(body(size)), `${size} bytes`).toBe(true);
  }
});

it('of a body that comes in short pieces', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const answer = client.call('GET', '/info');
  const call = await daemon.nextCall('GET /info');
  await call.start('chunked');
  for (let at = 0; at < 4096; at += 256) await call.write(body(256));
  await call.end();
  expect((await answer).body.equals(body(4096))).toBe(true);
});
