import { expect, it } from 'vitest';
import type { Engine } from '../../src/engine/types.ts';
import type { Exchange } from '../../src/exchange.ts';
import { createForward } from '../../src/forward/forward.ts';
import { createHijack } from '../../src/hijack/hijack.ts';
import { understand } from '../../src/understand/understand.ts';
import { hear } from './helpers/exchange.ts';
import { settled } from './helpers/streams.ts';

/** A daemon that must not hear a thing. */
const asked: string[] = [];
const engine: Engine = {
  call: ({ target }) => {
    asked.push(target);
    throw new Error('called');
  },
  hijack: ({ target }) => {
    asked.push(target);
    return Promise.reject(new Error('called'));
  },
  close: () => undefined,
};
const received = { body: Buffer.from('{}'), early: Buffer.alloc(0) };
const relay = () => Promise.reject(new Error('nothing to relay'));

/** A call whose body has been received, and whose client has gone since. */
async function left(target: string, lines = ''): Promise<Exchange> {
  const head = `POST ${target} HTTP/1.1\r\nHost: d\r\n${lines}Content-Length: 2\r\n\r\n{}`;
  const { exchanges, server } = await hear(head);
  const [exchange] = exchanges;
  if (exchange === undefined) throw new Error('no request');
  server.destroy();
  await settled();
  return exchange;
}

it.each([
  ['an ordinary call', '/containers/create', '', 0],
  ['exec start without an upgrade', '/exec/e/start', '', 2],
  ['exec start with one', '/exec/e/start', 'Connection: Upgrade\r\nUpgrade: tcp\r\n', 2],
])('of %s costs the daemon nothing', async (_, target, lines, bytesIn) => {
  const exchange = await left(target, lines);
  const call = { ...understand(exchange), received };
  const carry = call.hijack ? createHijack(engine, relay) : createForward(engine);
  expect(await carry(exchange, call)).toEqual({
    status: 0,
    bytesIn,
    bytesOut: 0,
    end: 'client-gone',
  });
  expect(asked).toEqual([]);
});
