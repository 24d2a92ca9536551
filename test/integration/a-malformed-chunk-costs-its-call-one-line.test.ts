import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';

const start = useGate();

it('breaks off a call inside whose body the framing breaks, with one line that says why', async () => {
  const { daemon, connect, gate, audit } = await start();
  const client = await connect();
  await client.send(
    'POST /images/load HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n',
  );
  const call = await daemon.nextCall();
  await client.send('zz\r\n');
  await client.ending;
  await call.connection.closed;

  await audit.next({ event: 'call', action: 'image.load' });
  // Nothing is written any more once the gate has stopped.
  await gate.stop(0);
  const lines = audit.having({ event: 'call' });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ status: 0, end: 'refused' });
  expect(String(lines[0]?.['reason'])).toContain('HPE_INVALID_CHUNK_SIZE');
});
