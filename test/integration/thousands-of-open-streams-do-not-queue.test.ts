import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import type { RawClient } from '../support/raw-client.ts';

const start = useGate();

const STREAMS = 2000;
/** Handshakes under way at a time; what is open at the end is what counts. */
const AT_ONCE = 50;

it(
  `holds ${STREAMS} streams open at a time and still answers a ping`,
  { timeout: 120_000 },
  async () => {
    const { daemon, connect } = await start();
    daemon.on('GET /events', (call) => call.start('chunked'));
    daemon.on('GET /_ping', (call) => call.answer(200, [], 'OK'));
    const open = async (): Promise<RawClient> => {
      const client = await connect();
      await client.send('GET /events HTTP/1.1\r\nHost: d\r\n\r\n');
      expect((await client.readHead())?.status).toBe(200);
      return client;
    };
    const clients: RawClient[] = [];
    while (clients.length < STREAMS) {
      clients.push(...(await Promise.all(Array.from({ length: AT_ONCE }, open))));
    }

    expect(daemon.openConnections).toBe(STREAMS);
    const ping = await (await connect()).call('GET', '/_ping');
    expect(ping.body.toString()).toBe('OK');
  },
);
