import { describe, expect, it } from 'vitest';
import { CallError } from '../../../src/errors.ts';
import { answerError, errorBody, rawError } from '../../../src/http/answer.ts';
import { hear } from '../helpers/exchange.ts';
import { available, settled } from '../helpers/streams.ts';

/** Bytes of an answer, taken apart. */
function parse(bytes: string): { line: string; headers: string[]; body: string } {
  const end = bytes.indexOf('\r\n\r\n');
  const [line = '', ...headers] = bytes.slice(0, end).split('\r\n');
  return { line, headers, body: bytes.slice(end + 4) };
}

describe('errorBody', () => {
  it('is the JSON that Docker clients print, on one line, whatever the message holds', () => {
    const message = 'a "quoted"\r\nX-Forged: 1\u0000é';
    const body = errorBody(message);
    expect(JSON.parse(body)).toEqual({ message });
    expect(body.trimEnd()).not.toMatch(/[\r\n]/);
  });
});

describe('answerError', () => {
  const answered = async (last: boolean) => {
    const { exchanges, client } = await hear('GET /info HTTP/1.1\r\nHost: d\r\n\r\n');
    const response = exchanges[0]?.response;
    if (response === undefined) throw new Error('no request');
    answerError(response, new CallError('DAEMON_UNREACHABLE', 'no daemon: é'), last);
    await settled();
    return parse(Buffer.from(available(client), 'latin1').toString());
  };

  it('says whether the connection goes on', async () => {
    expect((await answered(true)).headers).toContain('Connection: close');
    expect((await answered(false)).headers).not.toContain('Connection: close');
  });

  it('answers with the status of the code and exactly application/json', async () => {
    const { line, headers, body } = await answered(false);
    expect(line).toBe('HTTP/1.1 502 Bad Gateway');
    expect(headers).toContain('Content-Type: application/json');
    expect(headers).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
    expect(JSON.parse(body)).toEqual({ message: 'no daemon: é' });
  });
});

describe('rawError', () => {
  it('is a whole HTTP/1.1 answer that closes the connection', () => {
    const { line, headers, body } = parse(rawError(403, 'access refused: é'));
    expect(line).toBe('HTTP/1.1 403 Forbidden');
    expect(headers).toEqual([
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ]);
    expect(JSON.parse(body)).toEqual({ message: 'access refused: é' });
  });

  it('has a reason phrase for any status', () => {
    expect(parse(rawError(799, 'x')).line).toBe('HTTP/1.1 799 Error');
  });
});
