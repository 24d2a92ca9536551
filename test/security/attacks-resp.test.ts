import { describe, expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { requestBytes } from '../support/raw-client.ts';
import { EXEC_START, upgradeBytes } from '../support/raw/hijack-client.ts';
import { exchange, head, refusalIn } from '../support/security/attack.ts';

const start = useGate();

const PING = requestBytes('GET', '/_ping');
const MISPLACED = head('GET /_ping HTTP/1.1', 'Host: d', 'Connection: Upgrade', 'Upgrade: tcp');
const LIMITS = {
  connections: 9,
  connectionsPerUser: 1,
  streamsPerUser: 0,
  handshakes: 9,
  handshakesPerSecond: 100,
};

describe('RSP-001', () => {
  it.each([
    ['400 for bytes that are no HTTP', 400, 'nonsense\r\n\r\n'],
    ['400 for a target in doubt', 400, head('GET //info HTTP/1.1', 'Host: d')],
    ['400 for an upgrade off its route', 400, MISPLACED],
    ['429 for a stream over the cap', 429, upgradeBytes(EXEC_START)],
  ] as const)(
    'RSP-001: %s is application/json with a message, exactly',
    async (_, status, bytes) => {
      const { answer } = await exchange(await start({ limits: LIMITS }), bytes);
      expect(answer.status).toBe(status);
      expect(refusalIn(answer)).toMatch(/^refused: /);
    },
  );

  it('RSP-001: 413 for options over 1 MiB is application/json with a message, exactly', async () => {
    const large = upgradeBytes({ ...EXEC_START, body: ' '.repeat(2 ** 21) });
    const { answer } = await exchange(await start(), large);
    expect(answer.status).toBe(413);
    expect(refusalIn(answer)).toMatch(/^refused: .*1 MiB/);
  });

  it('RSP-001: 403 for a stranger is application/json with a message, exactly', async () => {
    const { answer } = await exchange(await start(), PING, { leaf: undefined });
    expect(answer.status).toBe(403);
    expect(refusalIn(answer)).toMatch(/^access refused: /);
  });

  it('RSP-001: 429 for a connection over the cap is application/json with a message, exactly', async () => {
    const gate = await start({ limits: LIMITS });
    await gate.connect();
    const { answer } = await exchange(gate, PING);
    expect(answer.status).toBe(429);
    expect(refusalIn(answer)).toMatch(/alice has 1 connections/);
  });

  it.each([
    ['an ordinary call', PING],
    ['an upgrade', upgradeBytes(EXEC_START)],
  ])('RSP-001: 502 for %s is application/json with a message, exactly', async (_, bytes) => {
    const gate = await start();
    await gate.daemon.stop();
    const { answer } = await exchange(gate, bytes);
    expect(answer.status).toBe(502);
    expect(refusalIn(answer)).toBe(
      `cannot reach the Docker daemon at unix://${gate.daemon.socketPath}: ENOENT (is it running?)`,
    );
  });
});
