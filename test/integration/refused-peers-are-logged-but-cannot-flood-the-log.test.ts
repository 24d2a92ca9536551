import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';

const start = useGate();

it('writes where a refused peer came from, and why', async () => {
  const { audit, connect } = await start();
  const client = await connect({ leaf: undefined });
  await client.send('x');
  await client.readAnswer();

  const line = await audit.next({ event: 'peer-refused' });
  expect(line['remote']).toBe(`127.0.0.1:${client.localPort}`);
  expect(line['reason']).toMatch(/certificate/);
});

it('writes far fewer lines than there are refusals, and none of them as a call', async () => {
  const { audit, connect } = await start();
  for (let turn = 0; turn < 200; turn += 1) {
    const client = await connect({ leaf: undefined });
    await client.send('x');
    await client.readAnswer();
    client.destroy();
  }
  await audit.next({ event: 'peer-refused' });

  expect(audit.having({ event: 'peer-refused' }).length).toBeLessThanOrEqual(50);
  expect(audit.having({ event: 'call' })).toHaveLength(0);
});
