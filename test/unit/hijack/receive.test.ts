import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { receiveBody } from '../../../src/hijack/receive.ts';
import { hear } from '../helpers/exchange.ts';
import { available, settled } from '../helpers/streams.ts';

const LIMITS = { bytes: 100, ms: 60_000 };
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: tcp\r\n';

/** Receives a body of 7 bytes of which `sent` has come. */
async function receive(sent: string, lines = '') {
  const heard = await hear(
    `POST /x HTTP/1.1\r\nHost: d\r\n${lines}Content-Length: 7\r\n\r\n${sent}`,
  );
  const [exchange] = heard.exchanges;
  if (exchange === undefined) throw new Error('no request');
  const receiving = receiveBody(exchange, { kind: 'length', length: 7 }, LIMITS);
  receiving.catch(() => undefined);
  return { ...heard, exchange, receiving };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each([
  ['an ordinary call', ''],
  ['an upgrade', UPGRADE],
])('the body of %s', (_, lines) => {
  it('may take as long as it is allowed', async () => {
    const { receiving, client } = await receive('{"a"', lines);
    vi.advanceTimersByTime(59_999);
    client.write(':1}');
    expect((await receiving).body.toString()).toBe('{"a":1}');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is refused after that, and what still comes is kept nowhere', async () => {
    const { receiving, exchange } = await receive('{"a"', lines);
    vi.advanceTimersByTime(60_000);
    await expect(receiving).rejects.toMatchObject({
      code: 'REQUEST_MALFORMED',
      message: 'refused: the body of this call did not arrive within 60 s',
    });
    const { request, upgrade } = exchange;
    expect(request.listenerCount('data')).toBe(0);
    expect(upgrade?.socket.listenerCount('data') ?? 0).toBe(0);
  });
});

it('is asked for where the client waits for 100 Continue', async () => {
  const { receiving, client } = await receive('', 'Expect: 100-continue\r\n');
  await settled();
  expect(available(client)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  client.write('{"a":1}');
  expect((await receiving).body.toString()).toBe('{"a":1}');
});
