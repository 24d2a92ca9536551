import { describe, expect, it } from 'vitest';
import { useGate } from '../../support/gate.ts';

const start = useGate();

const policy = (limits: string): string => `
users:
  - { user: alice, roles: [limited] }
  - { user: bob, roles: [limited] }
roles:
  limited:
    inherits: [admin]
    limits: ${limits}
`;

describe('a user at a limit of the policy', () => {
  it('is answered 429 with the reason, and the others are served', async () => {
    const { daemon, connect, ca, audit } = await start({
      policy: policy('{ calls-per-second: 2 }'),
    });
    daemon.on('GET /info', (call) => call.json(200, {}));
    const client = await connect();
    const answers = [];
    for (let at = 0; at < 6; at += 1) answers.push(await client.call('GET', '/info'));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.slice(0, 2)).toEqual([200, 200]);
    expect(statuses).toContain(429);
    const refused = answers.find(({ status }) => status === 429);
    expect(JSON.parse(refused?.body.toString() ?? '')).toEqual({
      message: 'refused by policy: user alice makes more than 2 calls a second',
    });
    const bob = await connect({ leaf: await ca.client('bob') });
    expect((await bob.call('GET', '/info')).status).toBe(200);
    expect(await audit.next({ event: 'call', status: 429 })).toMatchObject({
      action: 'system.info',
      end: 'refused',
    });
  });

  it.each([
    ['streams', '{ streams: 1 }', '/events'],
    ['calls', '{ concurrent-calls: 1 }', '/info'],
  ])('may have so many %s under way, and more once they have ended', async (_, limits, target) => {
    const { daemon, connect } = await start({ policy: policy(limits) });
    const [first, second] = [await connect(), await connect()];
    const under = first.call('GET', target);
    const call = await daemon.nextCall();
    expect((await second.call('GET', target)).status).toBe(429);
    await call.json(200, {});
    expect((await under).status).toBe(200);
    const again = second.call('GET', target);
    await (await daemon.nextCall()).json(200, {});
    expect((await again).status).toBe(200);
  });

  it('shares what a role as a whole may take with all who have it', async () => {
    const { daemon, connect, ca } = await start({
      policy: policy('{ streams: 5 }\n    shared-limits: { streams: 1 }'),
    });
    const alice = await connect();
    const bob = await connect({ leaf: await ca.client('bob') });
    const under = alice.call('GET', '/events');
    const call = await daemon.nextCall();
    const refused = await bob.call('GET', '/events');
    expect(refused.status).toBe(429);
    expect(refused.body.toString()).toContain('the role limited has 1 streams under way');
    await call.json(200, {});
    await under;
    const again = bob.call('GET', '/events');
    await (await daemon.nextCall()).json(200, {});
    expect((await again).status).toBe(200);
  });
});
