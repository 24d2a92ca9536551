import { createHash, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { EXEC_START, openTunnel } from '../support/raw/hijack-client.ts';

const start = useGate();

const PIECE = randomBytes(251_009);
const PIECES = 200;

function digestOf(pieces: number): string {
  const hash = createHash('sha256');
  for (let at = 0; at < pieces; at += 1) hash.update(PIECE);
  return hash.digest('hex');
}

async function digest(read: () => Promise<Buffer | undefined>): Promise<string> {
  const hash = createHash('sha256');
  for (let chunk = await read(); chunk !== undefined; chunk = await read()) hash.update(chunk);
  return hash.digest('hex');
}

it('carries 50 MB up and 50 MB down at the same time, every byte in its place', async () => {
  const { daemon, audit, connect } = await start();
  const client = await connect();
  const { container } = await openTunnel(client, daemon, EXEC_START);
  const up = digest(() => container.read());
  const down = digest(() => client.source.read());
  const pour = async (write: (piece: Buffer) => Promise<boolean>, end: () => void) => {
    for (let at = 0; at < PIECES; at += 1) await write(PIECE);
    end();
  };
  await Promise.all([
    pour(
      (piece) => client.send(piece),
      () => {
        client.end();
      },
    ),
    pour(
      (piece) => container.write(piece),
      () => {
        container.end();
      },
    ),
  ]);

  expect(await up).toBe(digestOf(PIECES));
  expect(await down).toBe(digestOf(PIECES));
  const size = PIECES * PIECE.length;
  const line = await audit.next({ event: 'call' });
  expect(line).toMatchObject({ bytes_out: size, end: 'complete' });
  expect(line['bytes_in']).toBe(size + (EXEC_START.body?.length ?? 0));
});
