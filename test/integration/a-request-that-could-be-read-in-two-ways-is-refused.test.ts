import { describe, expect, it } from 'vitest';
import { AMBIGUOUS_HEADS, AMBIGUOUS_TARGETS, CREATE, SMUGGLED } from '../support/ambiguous.ts';
import { useGate } from '../support/gate.ts';
import { headerValue } from '../support/raw/response-reader.ts';

const start = useGate();

async function expectRefusal(bytes: string): Promise<void> {
  const { daemon, audit, connect } = await start();
  const client = await connect();
  await client.send(bytes);
  const answer = await client.readAnswer(bytes.startsWith('HEAD') ? 'HEAD' : 'GET');

  expect(answer.status).toBe(400);
  expect(headerValue(answer, 'content-type')).toBe('application/json');
  client.end();
  expect((await client.source.readAll()).toString()).toBe('');
  expect(daemon.bytesReceived).toBe(0);
  expect(await audit.next({ status: 400 })).toMatchObject({ end: 'refused', user: 'alice' });
  // What came behind it on the connection has a line of its own, and was not served either.
  expect(audit.having({ user: 'alice', status: 400 })).toHaveLength(1);
  for (const line of audit.having({ user: 'alice' })) {
    expect([0, 400]).toContain(line['status']);
  }
  expect(daemon.bytesReceived).toBe(0);
}

describe('a head with', () => {
  it.each(Object.entries(AMBIGUOUS_HEADS))(
    '%s is answered 400 and the daemon sees no byte',
    async (_, bytes) => {
      await expectRefusal(bytes);
    },
  );
});

describe('a target like', () => {
  it.each(AMBIGUOUS_TARGETS)('%s is answered 400 and the daemon sees no byte', async (target) => {
    await expectRefusal(`GET ${target} HTTP/1.1\r\nHost: d\r\n\r\n`);
  });
});

// The head was well formed and is with the daemon; the body then cannot be delimited.
describe('a chunked body with', () => {
  it.each([
    ['a chunk extension in which a line ends', '2;a\nb\r\n{}\r\n0\r\n\r\n'],
    ['a bare LF behind the size', `2\n{}\r\n0\r\n\r\n${SMUGGLED}`],
    ['a size that is no number', `zz\r\n{}\r\n0\r\n\r\n${SMUGGLED}`],
    ['a size over 64 bits', `10000000000000002\r\n{}\r\n0\r\n\r\n${SMUGGLED}`],
    ['no line end behind the data', `2\r\n{}0\r\n\r\n${SMUGGLED}`],
  ])('%s never ends as if whole', async (_, body) => {
    const { daemon, connect } = await start();
    const client = await connect();
    await client.send(`${CREATE}Transfer-Encoding: chunked\r\n\r\n${body}`);
    client.end();
    const answer = await client.source.readAll();

    expect(answer.toString()).not.toMatch(/^HTTP\/1\.1 2/);
    expect(daemon.calls.all.length).toBeLessThanOrEqual(1);
    for (const call of daemon.calls.all) {
      await call.connection.peerEnded;
      await call.body.readAll();
      expect(call.body.isComplete).toBe(false);
    }
  });
});
