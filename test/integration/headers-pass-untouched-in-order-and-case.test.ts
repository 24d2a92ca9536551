import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import type { HeaderLine } from '../support/raw/response-reader.ts';

const start = useGate();

const REQUEST_HEADERS: readonly HeaderLine[] = [
  ['User-Agent', 'Docker-Client/28.2.2 (linux)'],
  ['x-lower', 'one'],
  ['X-UPPER', 'two'],
  ['X-Repeated', 'first'],
  ['Accept', '*/*'],
  ['X-Repeated', 'second'],
  ['x-repeated', 'third, fourth'],
  ['X-Empty', ''],
  ['X-Odd', '  inner   spaces, "quotes"; and=signs\ttab'.trim()],
  ['X-Registry-Auth', 'eyJ1c2VybmFtZSI6ImEifQ=='],
  ['Traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
];

const ANSWER_HEADERS: readonly HeaderLine[] = [
  ['Api-Version', '1.56'],
  ['ostype', 'linux'],
  ['X-Repeated', 'first'],
  ['Docker-Experimental', 'false'],
  ['x-repeated', 'second'],
  ['Set-Cookie', 'a=1'],
  ['Set-Cookie', 'b=2'],
  ['Date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
  ['Server', 'Docker/29.0.0 (linux)'],
  ['X-Docker-Container-Path-Stat', 'eyJuYW1lIjoiZXRjIn0='],
];

/** The given lines as they must be found among those seen: nothing added in between, none lost. */
function among(lines: readonly HeaderLine[], seen: readonly HeaderLine[]): HeaderLine[] {
  const names = new Set(lines.map(([name]) => name.toLowerCase()));
  return seen.filter(([name]) => names.has(name.toLowerCase()));
}

it('hands the client’s headers to the daemon as they are', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const text = REQUEST_HEADERS.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  await client.send(`GET /info HTTP/1.1\r\nHost: gate.example:2376\r\n${text}\r\n`);
  const call = await daemon.nextCall();

  expect(among(REQUEST_HEADERS, call.rawHeaders)).toEqual(REQUEST_HEADERS);
  const others = call.rawHeaders.filter((line) => !REQUEST_HEADERS.includes(line));
  const names = others.map(([name]) => name.toLowerCase());
  expect(names.filter((name) => !REQUEST_HEADERS.some(([n]) => n.toLowerCase() === name))).toEqual(
    expect.arrayContaining(['host']),
  );
});

it('adds no header of its own to a request but those of the hop', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  await client.send('GET /info HTTP/1.1\r\nHost: d\r\n\r\n');
  const call = await daemon.nextCall();
  const names = call.rawHeaders.map(([name]) => name.toLowerCase());

  expect(names.filter((name) => name !== 'host' && name !== 'connection')).toEqual([]);
});

it('hands the daemon’s headers to the client as they are, the date too', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const answer = client.call('GET', '/info');
  await (await daemon.nextCall()).answer(200, ANSWER_HEADERS, 'x');

  const { rawHeaders } = await answer;
  expect(among(ANSWER_HEADERS, rawHeaders)).toEqual(ANSWER_HEADERS);
});

it('adds no header of its own to an answer but those of the hop', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const answer = client.call('GET', '/info');
  await (await daemon.nextCall()).answer(200, [], 'x');

  const names = (await answer).rawHeaders.map(([name]) => name.toLowerCase());
  expect(names.filter((name) => name !== 'connection' && name !== 'keep-alive')).toEqual([
    'content-length',
  ]);
});

it('keeps the daemon’s own reason phrase', async () => {
  const { daemon, connect } = await start();
  const client = await connect();
  const answer = client.call('GET', '/info');
  const call = await daemon.nextCall();
  await call.raw('HTTP/1.1 200 Quite Fine\r\nContent-Length: 0\r\n\r\n');
  await call.end();

  expect((await answer).reason).toBe('Quite Fine');
});
