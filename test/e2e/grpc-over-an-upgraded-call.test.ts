import { expect, it } from 'vitest';
import { callGrpc, upgradeToH2c, type GrpcAnswer } from '../support/h2c-client.ts';
import { connectTo } from '../support/e2e/connect.ts';
import { endToEnd } from '../support/e2e/suite.ts';
import type { Endpoint } from '../support/e2e/world.ts';

endToEnd('/grpc, upgraded to h2c,', (world) => {
  it('answers calls to BuildKit as the socket does', async () => {
    const front = await ask(world.front, '/moby.buildkit.v1.Control/ListWorkers');
    expect(front.status).toBe('0');
    expect(front.message.length).toBeGreaterThan(0);
    expect(front.message).toEqual(
      (await ask(world.direct, '/moby.buildkit.v1.Control/ListWorkers')).message,
    );
  });

  it('passes on gRPC’s own refusals', async () => {
    const front = await ask(world.front, '/moby.buildkit.v1.Control/NoSuchMethod');
    expect(front.status).toBe('12');
    expect((await ask(world.direct, '/moby.buildkit.v1.Control/NoSuchMethod')).status).toBe('12');
  });
});

async function ask(endpoint: Endpoint, method: string): Promise<GrpcAnswer> {
  const session = await upgradeToH2c(await connectTo(endpoint), '/grpc');
  try {
    return await callGrpc(session, method);
  } finally {
    session.destroy();
  }
}
