import { expect, it } from 'vitest';
import { within } from '../support/fake/within.ts';
import { useGate } from '../support/gate.ts';

const start = useGate();

it('never carries a renegotiation out: under TLS 1.2', async () => {
  const { daemon, connect } = await start();
  daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
  const client = await connect({ tls: 'TLSv1.2' });
  const outcome = new Promise<string>((resolve) => {
    client.socket.renegotiate({}, (error) => {
      resolve(error === null ? 'carried out' : 'refused');
    });
    void client.ending.then(() => {
      resolve('refused');
    });
  });

  expect(await within(5000, outcome)).toBe('refused');
});
