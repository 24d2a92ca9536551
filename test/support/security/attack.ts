import { expect } from 'vitest';
import type { TestGate } from '../gate.ts';
import { settled } from '../fake/settled.ts';
import { within } from '../fake/within.ts';
import type { LogLine } from '../log-lines.ts';
import type { ClientOptions, RawClient } from '../raw-client.ts';
import { headerValue, type Response } from '../raw/response-reader.ts';

/** No answer of the gate, and no end of a connection, may be longer in coming. */
export const HANG_MS = 10_000;

/** Line ends of HTTP behind every line, and an empty one behind the last. */
export function head(...lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** A request that must not be seen by anyone: what a smuggler hides in another. */
export const SMUGGLED = head('POST /containers/smuggled/kill HTTP/1.1', 'Host: d');

/** The daemon answers whatever it is asked, as it answers what it does not know. */
export function answerAll({ daemon }: TestGate, status = 200): void {
  daemon.on(
    () => true,
    async (call) => {
      await call.body.readAll();
      await call.json(status, { seen: call.target });
    },
  );
}

/** Sends bytes on a connection of its own and reads one answer. */
export async function exchange(
  gate: TestGate,
  bytes: Buffer | string,
  options?: Partial<ClientOptions>,
): Promise<{ readonly client: RawClient; readonly answer: Response }> {
  const client = await gate.connect(options);
  // Whoever is refused in the middle of it need not take the rest.
  void client.send(bytes);
  const answer = await within(HANG_MS, client.readAnswer(methodOf(bytes)));
  return { client, answer };
}

/** The message of an answer that has the one shape that all refusals have. */
export function refusalIn(answer: Response): string {
  expect(headerValue(answer, 'content-type')).toBe('application/json');
  expect(answer.isWhole).toBe(true);
  const body = JSON.parse(answer.body.toString()) as Readonly<Record<string, unknown>>;
  expect(Object.keys(body)).toEqual(['message']);
  return String(body['message']);
}

/**
 * Expects that the bytes are answered once, with 400 in the shape of all refusals, that the
 * connection then ends, that the daemon sees not a byte, and that one line tells of it.
 */
export async function expectRefused(gate: TestGate, bytes: Buffer | string): Promise<LogLine> {
  const seen = gate.daemon.bytesReceived;
  const { client, answer } = await exchange(gate, bytes);
  expect(answer.status).toBe(400);
  if (methodOf(bytes) !== 'HEAD') refusalIn(answer);
  client.end();
  expect((await within(HANG_MS, client.source.readAll())).toString()).toBe('');
  expect(gate.daemon.bytesReceived).toBe(seen);
  const lines = linesOf(gate, client);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ status: 400, end: 'refused', user: 'alice' });
  return lines[0] ?? expect.unreachable();
}

/** The `call` lines of a client's connection. */
export function linesOf({ audit }: TestGate, client: RawClient): LogLine[] {
  return audit.having({ event: 'call', remote: remoteOf(client) });
}

export function remoteOf(client: RawClient): string {
  return `127.0.0.1:${client.localPort}`;
}

/** Expects that a newcomer is served, so that whatever came before has done no harm. */
export async function expectAlive({ daemon, connect }: TestGate): Promise<void> {
  daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const client = await within(HANG_MS, connect());
  expect((await within(HANG_MS, client.call('GET', '/_ping'))).body.toString()).toBe('OK');
  client.destroy();
}

/** Resolves when nothing moves any more, at the client or at the daemon. */
export function quiet({ daemon }: TestGate, received: () => number): Promise<void> {
  return settled(() => daemon.bytesReceived + daemon.openConnections * 1e-3 + received());
}

function methodOf(bytes: Buffer | string): string {
  return /^[A-Z]+/.exec(bytes.toString('latin1'))?.[0] ?? 'GET';
}
