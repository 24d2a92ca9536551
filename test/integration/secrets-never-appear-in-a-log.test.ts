import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import type { RawClient } from '../support/raw-client.ts';

const start = useGate();

const SECRET = 'hunter2hunter2';

it('keeps credentials, build arguments and bodies out of both logs', async () => {
  const { daemon, audit, log, connect } = await start({ logLevel: 'debug' });
  daemon.on(
    () => true,
    async (call) => {
      await call.body.readAll();
      await call.answer(200, [['X-Answer', SECRET]], SECRET);
    },
  );
  const call: RawClient['call'] = async (...request) => (await connect()).call(...request);
  const args = encodeURIComponent(JSON.stringify({ TOKEN: SECRET }));
  await call('POST', `/v1.41/build?t=app&buildargs=${args}&unknown=${SECRET}`, {
    headers: [
      ['X-Registry-Config', SECRET],
      ['X-Registry-Auth', SECRET],
      ['Authorization', `Bearer ${SECRET}`],
      ['Cookie', SECRET],
    ],
    body: SECRET,
  });
  await call('POST', `/images/create?fromSrc=http://u:${SECRET}@host/x.tar`, { body: '' });
  await call('GET', `/v1.41//info?token=${SECRET}`);
  await daemon.stop();
  await call('POST', `/auth?secret=${SECRET}`, { body: SECRET });
  await audit.next({ event: 'call', action: 'image.build' });
  await audit.next({ event: 'call', action: 'image.import' });
  await audit.next({ event: 'call', status: 400 });
  await audit.next({ event: 'call', status: 502 });

  expect(audit.text).not.toContain(SECRET);
  expect(log.text).not.toContain(SECRET);
});
