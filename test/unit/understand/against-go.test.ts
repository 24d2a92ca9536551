import { describe, expect, it } from 'vitest';
import { CallError } from '../../../src/errors.ts';
import type { Exchange } from '../../../src/exchange.ts';
import { understand, type Understood } from '../../../src/understand/understand.ts';
import { hear } from '../helpers/exchange.ts';
import { actionsOf, fillRoute, GO_HTTP, type GoAnswer } from '../helpers/vectors.ts';

/** The calls that the gate reads in some bytes, up to the first that Node or the gate refuses. */
async function readByUs(bytes: string): Promise<Understood[]> {
  const { exchanges } = await hear(Buffer.from(bytes));
  const calls: Understood[] = [];
  for (const exchange of exchanges) {
    const call = readOne(exchange);
    // After a refusal nothing more is read from the connection.
    if (call === undefined) break;
    calls.push(call);
  }
  return calls;
}

function readOne(exchange: Exchange): Understood | undefined {
  try {
    return understand(exchange);
  } catch (error) {
    if (error instanceof CallError) return undefined;
    throw error;
  }
}

function expectSameReading({ operation }: Understood, answer: GoAnswer | undefined): void {
  // What Go answers by itself must not have been let through as if it were a request.
  expect(answer?.route).toBeDefined();
  const { method = '', route = '', vars = {}, form = {} } = answer ?? {};
  expect(actionsOf(method, route)).toContain(operation.action);
  expect(operation.target.route).toBe(fillRoute(route, vars));
  for (const [key, [value]] of Object.entries(form)) {
    expect(operation.query.first(key), `parameter ${key}`).toBe(value);
  }
}

/**
 * Go refuses how these are written, Node straightens them out, and the gate writes them anew: one
 * plain request, or (the Host) one that the daemon refuses itself.
 */
const STRAIGHTENED: readonly string[] = [
  'GET  /info HTTP/1.1\r\nHost: a\r\n\r\n',
  '\r\nGET /info HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /info HTTP/1.1\r\nHost: a b\r\n\r\n',
];
const rows = GO_HTTP.filter(({ request }) => !STRAIGHTENED.includes(request));

describe('against the HTTP server of Go, what the gate reads', () => {
  it.each(rows.map((row) => [row.request, row.answers] as const))(
    'of %j is what Go reads, or is refused',
    async (request, answers) => {
      const calls = await readByUs(request);
      expect(calls.length).toBeLessThanOrEqual(answers.length);
      for (const [at, call] of calls.entries()) expectSameReading(call, answers[at]);
    },
  );

  it.each(STRAIGHTENED)('of %j is one plain request, if it is not refused', async (request) => {
    expect(GO_HTTP.find((row) => row.request === request)?.answers).toEqual([{ status: 400 }]);
    for (const { operation, upstream } of await readByUs(request)) {
      expect(operation.action).toBe('system.info');
      expect(upstream.hasBody).toBe(false);
      expect(upstream.target).toBe('/info');
    }
  });

  it('is something for every honest row', async () => {
    for (const { request, answers } of GO_HTTP) {
      const honest =
        /^(?:GET \/info HTTP\/1\.0\r\n\r\n|POST \/containers\/create HTTP\/1\.1\r\nHost: d\r\nExpect: 100)/;
      if (honest.test(request)) expect(await readByUs(request)).toHaveLength(answers.length);
    }
  });
});

describe('a body that the daemon would read as parameters', () => {
  it.each([
    ['/images/create', 'application/x-www-form-urlencoded', 'fromImage=x'],
    ['/images/create', 'Application/X-WWW-Form-URLEncoded ; charset=utf-8', 'fromImage=x'],
    ['/build?networkmode=none', 'multipart/form-data; boundary=x', '--x--'],
  ])('is refused: POST %s with Content-Type %s', async (target, type, body) => {
    const head = `POST ${target} HTTP/1.1\r\nHost: d\r\nContent-Type: ${type}\r\n`;
    const calls = await readByUs(`${head}Content-Length: ${body.length}\r\n\r\n${body}`);
    expect(calls.map(({ operation }) => operation.action)).toEqual([]);
  });
});
