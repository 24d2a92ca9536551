import { describe, expect, it } from 'vitest';
import type { DaemonCall } from '../support/fake/daemon-call.ts';
import { useGate, type TestGate } from '../support/gate.ts';
import type { RawClient } from '../support/raw-client.ts';
import { linesOf, quiet } from '../support/security/attack.ts';
import {
  GO_PARSING,
  GO_ROUTING,
  NODE_PARSING,
  pathOf,
  type GoAnswer,
} from '../support/security/vectors.ts';

const start = useGate();

/** What came of some bytes: what the client got for them, and what the daemon was asked. */
interface Outcome {
  readonly gate: TestGate;
  readonly client: RawClient;
  readonly received: string;
  readonly calls: readonly DaemonCall[];
}

/** Sends the bytes of a row and lets everything come to rest. */
async function play(request: string): Promise<Outcome> {
  const gate = await start();
  gate.daemon.on(
    () => true,
    async (call) => {
      await call.body.readAll();
      if (call.body.isComplete) await call.json(200, {});
      else call.breakOff();
    },
  );
  const client = await gate.connect();
  await client.send(Buffer.from(request));
  await quiet(gate, () => client.socket.bytesRead);
  const lines = linesOf(gate, client);
  client.end();
  const received = (await client.source.readAll()).toString('latin1');
  expect(gate.daemon.malformed).toEqual([]);
  // A body that breaks off at once may end the call before the daemon hears of it.
  const recorded = lines.filter((line) => line['action'] !== undefined).length;
  expect(recorded).toBeGreaterThanOrEqual(gate.daemon.calls.all.length);
  expect(lines.length).toBeGreaterThan(0);
  return { gate, client, received, calls: gate.daemon.calls.all };
}

/**
 * Refused: the last thing that the client gets is a 400 of ours and then the end, or, where a body
 * could not be delimited any more, the end alone.
 */
function expectRefusal({ received }: Outcome): void {
  expect(received).toMatch(/(?:^|\n)(?:HTTP\/1\.1 400 [^]*\n\{"message":"refused: .+"\}\n)?$/);
}

/** The daemon's router gives a name to what it was asked: it has to be the name that Go saw. */
function expectSame(call: DaemonCall | undefined, answer: GoAnswer): void {
  expect(call?.method).toBe(answer.method);
  expect(decodeURIComponent(call?.path ?? '')).toBe(pathOf(answer));
  expect(call?.target.replace(/^[^?]*\??/, '')).toBe(answer.query);
}

function expectAsGo(outcome: Outcome, request: string, answers: readonly GoAnswer[]): void {
  const { calls } = outcome;
  if (calls.length === 0) {
    expectRefusal(outcome);
    return;
  }
  // Every request that Go read, or those up to the one that was refused.
  expect(calls.length).toBeLessThanOrEqual(answers.length);
  if (calls.length < answers.length) expectRefusal(outcome);
  for (const [at, call] of calls.entries()) {
    const answer = answers[at] ?? expect.unreachable();
    if (answer.route !== undefined) expectSame(call, answer);
    else expectUnknown(call, answer, request);
  }
}

/** Without a route Go answers by itself: a 404 that the daemon may as well give to the same bytes. */
function expectUnknown(call: DaemonCall, { status }: GoAnswer, request: string): void {
  expect([200, 404]).toContain(status);
  const [method, target] = request.split(' ');
  expect(call.method).toBe(method);
  expect(decodeURIComponent(call.target)).toBe(decodeURIComponent(target ?? ''));
}

/**
 * Node's parser reads over an empty line before a request and over a second space in its first
 * line, and does not say so; Go refuses both. What goes up is written anew: one plain request.
 */
const STRAIGHTENED: readonly string[] = [
  'GET  /info HTTP/1.1\r\nHost: a\r\n\r\n',
  '\r\nGET /info HTTP/1.1\r\nHost: a\r\n\r\n',
];

function expectStraight({ calls }: Outcome): void {
  expect(calls.map(({ headBytes }) => headBytes.toString())).toEqual([
    'GET /info HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n',
  ]);
}

const GO_ROWS = [...GO_PARSING, ...GO_ROUTING];

describe('what Go reads, the daemon is asked, or nothing of it', () => {
  it.each(GO_ROWS)('$request', async ({ request, answers }) => {
    const outcome = await play(request);
    if (STRAIGHTENED.includes(request)) expectStraight(outcome);
    else expectAsGo(outcome, request, answers);
  });
});

describe('what Node reads more leniently than Go is not asked of the daemon', () => {
  const readings = new Map(GO_ROWS.map(({ request, answers }) => [request, answers]));

  it.each(NODE_PARSING)('$request', async ({ request }) => {
    const outcome = await play(request);
    const answers = readings.get(request);
    if (STRAIGHTENED.includes(request)) expectStraight(outcome);
    else if (answers !== undefined) expectAsGo(outcome, request, answers);
    else expectOneAtMost(outcome, request);
  });

  /** Rows that Go was not asked about hold one request each. */
  function expectOneAtMost(outcome: Outcome, request: string): void {
    const [method, target] = request.split(' ');
    if (outcome.calls.length === 0) expectRefusal(outcome);
    else expect(outcome.calls).toMatchObject([{ method, target }]);
  }
});
