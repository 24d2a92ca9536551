import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import { requestBytes } from '../support/raw-client.ts';

const start = useGate();

const HOSTILE = [
  '/containers/x%0a%7b%22event%22:%22call%22%7d/json',
  '/containers/x%1b[2J/json',
  '/containers/x","end":"complete/json',
  '/containers/x\u00e9\u202e/json',
  `/containers/${'x'.repeat(5000)}/json`,
  '/info?%0a%7b%22event%22:%22forged%22%7d=%0d%0a',
];

it.each(HOSTILE)('writes one harmless line for %j', async (target) => {
  const { daemon, audit, connect } = await start();
  daemon.on(
    () => true,
    (call) => call.answer(200, [], 'x'),
  );
  const client = await connect();
  await client.send(requestBytes('GET', target));
  await client.readAnswer();
  await audit.next({ event: 'call' });

  // LogLines throws on a line that is not JSON; what is left to see is that there is no other.
  expect(audit.having({ event: 'call' })).toHaveLength(1);
  expect(audit.having({ event: 'intent' }).length).toBeLessThanOrEqual(1);
  expect(audit.all.filter((line) => line['event'] === 'forged')).toEqual([]);
  expect(audit.text).toMatch(/^[\x20-\x7e…\n]*$/);
});

it('bounds the length of a line, whatever the length of the target', async () => {
  const { daemon, audit, connect } = await start();
  daemon.on(
    () => true,
    (call) => call.answer(200, [], 'x'),
  );
  const client = await connect();
  await client.call('GET', `/containers/${'x'.repeat(15_000)}/json?filters=${'y'.repeat(15_000)}`);
  const line = await audit.next({ event: 'call' });

  expect(JSON.stringify(line).length).toBeLessThan(8192);
});
