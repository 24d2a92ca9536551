import { describe, expect, it, vi } from 'vitest';
import { createRefuse } from '../../../src/app/refuse.ts';
import { CallError, toCallError, type CallErrorCode } from '../../../src/errors.ts';
import { hear } from '../helpers/exchange.ts';
import { available, settled } from '../helpers/streams.ts';

const log = { error: vi.fn(), warn: vi.fn(), info: vi.fn(), debug: vi.fn() };
const refuse = createRefuse(log);

const GET = 'GET /info HTTP/1.1\r\nHost: d\r\n\r\n';

/** Refuses the one request in some bytes, and gives what the client read of it. */
async function refused(bytes: string, error: CallError) {
  const { exchanges, client, server } = await hear(bytes);
  const [exchange] = exchanges;
  if (exchange === undefined) throw new Error('no request');
  const outcome = await refuse(exchange, error);
  await settled();
  return { outcome, answer: available(client), client, server };
}

describe('a refused call', () => {
  it('is answered with status and reason, which are what the trail says too', async () => {
    const error = new CallError('TOO_MANY', 'slower, please');
    const { outcome, answer } = await refused(GET, error);
    expect(answer).toMatch(/^HTTP\/1\.1 429 /);
    expect(answer).toContain('{"message":"slower, please"}');
    expect(outcome).toEqual({
      status: 429,
      bytesIn: 0,
      bytesOut: 0,
      end: 'refused',
      reason: 'slower, please',
    });
  });

  it.each(['DAEMON_UNREACHABLE', 'DAEMON_BROKE_OFF'] as const)(
    'ended because the daemon is gone where the code is %s',
    async (code) => {
      const { outcome } = await refused(GET, new CallError(code, 'x'));
      expect(outcome).toMatchObject({ status: 502, end: 'daemon-gone' });
    },
  );

  it('tells the operator, not the caller, of an error inside', async () => {
    const inside = new TypeError('x is not a function');
    const { answer } = await refused(GET, toCallError(inside));
    expect(answer).not.toContain('x is not a function');
    expect(log.error.mock.calls.at(-1)?.[0]).toEqual({ err: inside });
  });

  it.each<[CallErrorCode, boolean]>([
    ['REQUEST_MALFORMED', true],
    ['REQUEST_AMBIGUOUS', true],
    ['UPGRADE_NOT_ALLOWED', true],
    ['CERTIFICATE_REFUSED', true],
    ['INTERNAL', true],
    ['STOPPING', true],
    ['TOO_MANY', false],
    ['DAEMON_UNREACHABLE', false],
    ['AUDIT_UNAVAILABLE', false],
  ])('of code %s ends the connection: %s', async (code, ends) => {
    const { client, server } = await refused(GET, new CallError(code, 'x'));
    client.resume();
    await settled();
    expect(server.writableEnded).toBe(ends);
    client.destroy();
    server.destroy();
  });

  it('ends the connection where the body is still coming', async () => {
    const upload = 'POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: 1000\r\n\r\nabc';
    const { client, server } = await refused(upload, new CallError('TOO_MANY', 'x'));
    client.resume();
    await settled();
    expect(server.writableEnded).toBe(true);
    server.destroy();
  });

  it('is not answered where its connection has ended, but has its line', async () => {
    const { outcome, answer } = await refused(GET, new CallError('CONNECTION_OVER', 'ended'));
    expect(answer).toBe('');
    expect(outcome).toMatchObject({ status: 0, end: 'refused', reason: 'ended' });
  });

  it('is put down to the client where the client is gone', async () => {
    const { exchanges, server } = await hear(GET);
    const [exchange] = exchanges;
    if (exchange === undefined) throw new Error('no request');
    server.destroy();
    const outcome = await refuse(exchange, new CallError('CONNECTION_OVER', 'gone'));
    expect(outcome).toMatchObject({ status: 0, end: 'client-gone', reason: 'gone' });
  });

  it('is said to have had no status where its connection has been cut', async () => {
    const { exchanges, client, server } = await hear(GET);
    const [exchange] = exchanges;
    if (exchange === undefined) throw new Error('no request');
    server.destroy();
    const outcome = await refuse(exchange, new CallError('REQUEST_MALFORMED', 'a bad chunk'));
    expect(outcome).toMatchObject({ status: 0, end: 'refused', reason: 'a bad chunk' });
    expect(available(client)).toBe('');
  });

  it('is broken off, not answered twice, where an answer has begun', async () => {
    const { exchanges, client, server } = await hear(GET);
    const [exchange] = exchanges;
    if (exchange === undefined) throw new Error('no request');
    exchange.response.writeHead(200, { 'Content-Length': '100' });
    exchange.response.write('half');
    await refuse(exchange, new CallError('INTERNAL', 'x'));
    await settled();
    const sent = available(client);
    expect(sent).not.toContain('500');
    expect(sent.match(/HTTP\/1\.1/g) ?? []).toHaveLength(sent === '' ? 0 : 1);
    expect(server.destroyed).toBe(true);
  });
});
