import { expect, it } from 'vitest';
import { createListener } from '../../../src/listener/listener.ts';
import { createThrowawayCa } from '../../support/throwaway-ca.ts';

// Node's default would cut every upload after five minutes, which its user would be first to see.
it('asks of Node no limit but those on heads and on idle connections', async () => {
  const ca = await createThrowawayCa();
  const { cert, key } = await ca.server();
  const { server } = createListener(
    { ca: ca.cert, cert, key },
    { total: 10, perUser: 10, unidentified: 10, handshakesPerSecond: 100 },
    {
      identify: () => expect.unreachable(),
      onAdmitted: () => undefined,
      onRefused: () => undefined,
      onMalformed: () => undefined,
      onExchange: () => Promise.resolve(),
    },
  );
  expect(server).toMatchObject({
    requestTimeout: 0,
    timeout: 0,
    headersTimeout: 10_000,
    keepAliveTimeout: 5 * 60_000,
  });
  server.close();
});
