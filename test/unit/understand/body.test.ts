import { describe, expect, it } from 'vitest';
import { CallError } from '../../../src/errors.ts';
import { createReadBody, type ReadBodyOptions } from '../../../src/understand/body.ts';
import { understand } from '../../../src/understand/understand.ts';
import { exchangeOf } from '../helpers/exchange.ts';

const LIMIT = 100;

/** The stage on one request; `arriving` is what its body turns out to be. */
async function read(head: string, arriving: string, changed: Partial<ReadBodyOptions> = {}) {
  const exchange = await exchangeOf(head);
  const asked: unknown[] = [];
  const stage = createReadBody({
    isNeeded: () => true,
    maxBytes: LIMIT,
    receive: (given, framing, limits) => {
      expect(given).toBe(exchange);
      asked.push({ framing, limits });
      return Promise.resolve({ body: Buffer.from(arriving), early: Buffer.from('STDIN') });
    },
    ...changed,
  });
  const understood = understand(exchange);
  return { understood, asked, call: Promise.resolve(stage(exchange, understood)) };
}

const CREATE = 'POST /v1.43/containers/create HTTP/1.1\nHost: d\nContent-Type: application/json';
const BODY = '{"Image":"x","Odd":1}';

async function refusalOf(head: string, arriving = ''): Promise<readonly [string, number]> {
  const { call, asked } = await read(head, arriving);
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CallError);
  return [(error as CallError).code, asked.length];
}

describe('a call whose body is not needed', () => {
  it.each([
    ['by the configuration', `${CREATE}\nContent-Length: 9999999`, { isNeeded: () => false }],
    ['since none can be read', 'POST /build HTTP/1.1\nHost: d\nTransfer-Encoding: chunked', {}],
  ])('passes as it is, and nothing is received: %s', async (_, head, changed) => {
    const { call, understood, asked } = await read(head, BODY, changed);
    expect(await call).toBe(understood);
    expect(asked).toEqual([]);
  });
});

describe('a body that is needed', () => {
  it('is received within limits and read by action and version', async () => {
    const { call, asked } = await read(`${CREATE}\nContent-Length: ${BODY.length}`, BODY);
    const { body, received } = await call;
    expect(body).toEqual({
      action: 'container.create',
      view: { Image: 'x' },
      unknownFields: ['/Odd'],
    });
    expect(received?.body.toString()).toBe(BODY);
    expect(asked).toEqual([
      {
        framing: { kind: 'length', length: BODY.length },
        limits: { bytes: LIMIT, ms: 60_000 },
      },
    ]);
  });

  it.each([`Content-Length: ${BODY.length}`, 'Transfer-Encoding: chunked'])(
    'goes up with a Content-Length of its own: %s',
    async (framing) => {
      const { call } = await read(`${CREATE}\n${framing}\nX-Other: y`, BODY);
      expect((await call).upstream).toEqual({
        method: 'POST',
        target: '/v1.43/containers/create',
        headers: [
          ...['Host', 'd', 'Content-Type', 'application/json', 'X-Other', 'y'],
          ...['Content-Length', String(BODY.length)],
        ],
        hasBody: true,
      });
    },
  );

  it.each(['', 'Content-Length: 0', 'Transfer-Encoding: chunked'])(
    'may be empty where the daemon allows it: %j',
    async (framing) => {
      const type = framing.startsWith('T') ? 'Content-Type: application/json\n' : '';
      const head = `POST /exec/x/resize HTTP/1.1\nHost: d\n${type}${framing}`;
      const { call } = await read(head.replace('exec/x/resize', 'networks/n/connect'), '');
      const { body, upstream } = await call;
      expect(body?.view).toEqual({});
      expect(upstream.hasBody).toBe(false);
      expect(upstream.headers.slice(-2)).toEqual(['Content-Length', '0']);
    },
  );

  it('leaves the head of a call that may be hijacked to the stage that sends it', async () => {
    const head = `POST /exec/x/start HTTP/1.1\nHost: d\nContent-Type: application/json
      Connection: Upgrade\nUpgrade: tcp\nContent-Length: 15`;
    const { call, understood } = await read(head, '{"Detach":true}');
    const { upstream, received, body } = await call;
    expect(upstream).toBe(understood.upstream);
    expect(received?.early.toString()).toBe('STDIN');
    expect(body?.view).toEqual({ Detach: true });
  });

  it('is refused over the limit, before a byte of it is received where its length is told', async () => {
    expect(await refusalOf(`${CREATE}\nContent-Length: 101`)).toEqual(['BODY_TOO_LARGE', 0]);
    const { call } = await read(`${CREATE}\nContent-Length: 100`, BODY);
    await expect(call).resolves.toBeDefined();
  });

  it.each(['gzip', 'identity', ''])('is refused with Content-Encoding %j', async (coding) => {
    const head = `${CREATE}\nContent-Encoding: ${coding}\nContent-Length: 9`;
    expect(await refusalOf(head)).toEqual(['REQUEST_MALFORMED', 0]);
  });

  it.each(['Content-Length: 9', 'Transfer-Encoding: chunked'])(
    'is refused without a type, or with another: %s',
    async (framing) => {
      const head = `POST /containers/create HTTP/1.1\nHost: d\n${framing}`;
      expect(await refusalOf(head)).toEqual(['REQUEST_MALFORMED', 0]);
      const plain = `${head}\nContent-Type: text/plain`;
      expect(await refusalOf(plain)).toEqual(['REQUEST_MALFORMED', 0]);
    },
  );

  it('is refused where the daemon could read it differently', async () => {
    const twice = '{"HostConfig":{"Privileged":true},"hostconfig":{}}';
    const head = `${CREATE}\nContent-Length: ${twice.length}`;
    expect(await refusalOf(head, twice)).toEqual(['REQUEST_AMBIGUOUS', 1]);
  });
});
