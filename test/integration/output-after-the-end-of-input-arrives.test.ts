import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { stdcopyFrame } from '../support/fake/stdcopy.ts';
import { openTunnel } from '../support/raw/hijack-client.ts';

const start = useGate();

it.each(['TLSv1.2', 'TLSv1.3'] as const)('brings late output back whole, over %s', async (tls) => {
  const { daemon, connect } = await start();
  const client = await connect({ tls });
  const { container } = await openTunnel(client, daemon);
  await client.send('abc');
  client.end();
  await container.inputEnded;

  const frames = [
    stdcopyFrame('stdout', 'ABC\n'),
    stdcopyFrame('stderr', 'a warning\n'),
    stdcopyFrame('stdout', Buffer.alloc(300_000, 7)),
  ];
  for (const frame of frames) await container.write(frame);
  container.end();

  expect((await client.source.readAll()).equals(Buffer.concat(frames))).toBe(true);
  expect(await client.ending).toBe('end');
});
