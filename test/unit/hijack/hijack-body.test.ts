import { describe, expect, it } from 'vitest';
import { CallError } from '../../../src/errors.ts';
import { readUpgradeBody, type BodyFraming } from '../../../src/hijack/hijack-body.ts';
import { readParsedBody } from '../../../src/hijack/parsed-body.ts';
import { hear, type Heard } from '../helpers/exchange.ts';
import { settled, textOf } from '../helpers/streams.ts';

const MIB = 1024 * 1024;
const late = new AbortController().signal;

/** An upgrade request as the Node at hand gives it, and the reading of its body. */
async function upgrade(framing: BodyFraming, ...bytes: readonly (string | Buffer)[]) {
  const [first = '', ...later] = bytes;
  const fields = {
    none: [],
    length: [`Content-Length: ${framing.kind === 'length' ? framing.length : 0}`],
    chunked: ['Transfer-Encoding: chunked'],
  }[framing.kind];
  const head = [
    'POST /exec/x/start HTTP/1.1',
    ...['Host: d', 'Connection: Upgrade', 'Upgrade: tcp', ...fields],
    ...['', ''],
  ].join('\r\n');
  const heard = await hear(Buffer.concat([Buffer.from(head), Buffer.from(first)]));
  const [exchange] = heard.exchanges;
  if (exchange?.upgrade === undefined) throw new Error('no upgrade');
  const { request, upgrade: raw } = exchange;
  const reading = readUpgradeBody(request, raw, framing, MIB, late);
  reading.catch(() => undefined);
  for (const piece of later) heard.client.write(piece);
  return { reading, heard, socket: raw.socket };
}

/** Body and stream of an upgrade, the stream to its end. */
async function wholeOf({ reading, heard, socket }: Awaited<ReturnType<typeof upgrade>>) {
  const { body, early } = await reading;
  heard.client.end();
  return { body: body.toString(), stream: early.toString() + (await textOf(socket)) };
}

const refusalOf = async (reading: Promise<unknown>): Promise<CallError> => {
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CallError);
  return error as CallError;
};

const length = (count: number): BodyFraming => ({ kind: 'length', length: count });

describe('the body of an upgrade request', () => {
  it('is empty where the head announces none; what follows belongs to the stream', async () => {
    const call = await upgrade({ kind: 'none' }, 'STDIN', ' and more');
    expect(await wholeOf(call)).toEqual({ body: '', stream: 'STDIN and more' });
  });

  it('ends after Content-Length; what follows belongs to the stream', async () => {
    const call = await upgrade(length(2), '{}STDIN');
    expect(await wholeOf(call)).toEqual({ body: '{}', stream: 'STDIN' });
  });

  it('may have a length of zero', async () => {
    const call = await upgrade(length(0), 'STDIN');
    expect(await wholeOf(call)).toEqual({ body: '', stream: 'STDIN' });
  });

  it('may come after the head, in pieces', async () => {
    const call = await upgrade(length(7), '', '{"a"', ':1', '}STDIN');
    expect(await wholeOf(call)).toEqual({ body: '{"a":1}', stream: 'STDIN' });
  });

  it('may be chunked, as dockerode sends it', async () => {
    const call = await upgrade({ kind: 'chunked' }, '2\r\n{}\r', '\n0\r\n\r', '\nSTDIN');
    expect(await wholeOf(call)).toEqual({ body: '{}', stream: 'STDIN' });
  });

  it('loses nothing of the stream that comes while nobody reads it yet', async () => {
    const call = await upgrade(length(2), '{}one ', 'two ');
    await call.reading;
    call.heard.client.write('three');
    await settled();
    expect(await wholeOf(call)).toEqual({ body: '{}', stream: 'one two three' });
  });

  it('of 1 MiB is read, and one byte more is refused', async () => {
    const most = await upgrade(length(MIB), Buffer.alloc(MIB, 'x'));
    expect((await most.reading).body.length).toBe(MIB);
    const more = await upgrade(length(MIB + 1), Buffer.alloc(MIB + 1, 'x'));
    expect(await refusalOf(more.reading)).toMatchObject({ code: 'BODY_TOO_LARGE', status: 413 });
  });

  it('is refused when it is chunked and over 1 MiB', async () => {
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const call = await upgrade({ kind: 'chunked' }, chunk.repeat(16), chunk);
    expect((await refusalOf(call.reading)).code).toBe('BODY_TOO_LARGE');
  });

  it('is refused where the client ends before it does', async () => {
    const call = await upgrade(length(7), '{"a"');
    call.heard.client.end();
    expect(await refusalOf(call.reading)).toMatchObject({
      code: 'REQUEST_MALFORMED',
      message: 'refused: the request ended before its body did',
    });
  });

  it('is refused where the connection goes before it is whole', async () => {
    const call = await upgrade({ kind: 'chunked' }, '5\r\nab');
    call.heard.server.destroy();
    expect((await refusalOf(call.reading)).code).toBe('CONNECTION_OVER');
  });

  it('is refused where its chunks are not well formed', async () => {
    const call = await upgrade({ kind: 'chunked' }, '2;x=y\n{}\r\n0\r\n\r\n', 'STDIN');
    call.heard.client.end();
    expect((await refusalOf(call.reading)).code).toBe('REQUEST_MALFORMED');
  });
});

const parsed = async (bytes: string): Promise<Heard & { reading: Promise<Buffer> }> => {
  const heard = await hear(`POST /exec/x/start HTTP/1.1\r\nHost: d\r\n${bytes}`);
  const [exchange] = heard.exchanges;
  if (exchange === undefined) throw new Error('no request');
  const reading = readParsedBody(exchange.request, MIB, late);
  reading.catch(() => undefined);
  return { ...heard, reading };
};

describe('a body that Node parses', () => {
  it('is read whole, in however many pieces it comes', async () => {
    const { reading, client } = await parsed('Content-Length: 7\r\n\r\n{"a"');
    client.write(':1}');
    expect((await reading).toString()).toBe('{"a":1}');
  });

  it('is empty where there is none', async () => {
    const { reading } = await parsed('\r\n');
    expect(await reading).toEqual(Buffer.alloc(0));
  });

  it('is refused over 1 MiB, before it has come whole', async () => {
    const { reading, client } = await parsed(`Content-Length: ${8 * MIB}\r\n\r\n`);
    client.write(Buffer.alloc(MIB + 1));
    expect((await refusalOf(reading)).code).toBe('BODY_TOO_LARGE');
  });

  it('is refused where the connection goes before it is whole', async () => {
    const { reading, server } = await parsed('Content-Length: 7\r\n\r\n{"a"');
    server.destroy();
    expect((await refusalOf(reading)).code).toBe('CONNECTION_OVER');
  });

  it('is refused with the reason for which the request was broken off', async () => {
    const { reading, exchanges } = await parsed('Content-Length: 7\r\n\r\n{"a"');
    const reason = new CallError('REQUEST_MALFORMED', 'a bad chunk');
    exchanges[0]?.request.destroy(reason);
    expect(await refusalOf(reading)).toBe(reason);
  });
});
