import { describe, expect, it } from 'vitest';
import { FakeSwarm } from '../../support/fake/swarm.ts';
import { useGate } from '../../support/gate.ts';

const start = useGate();

/** Alice may run services in networks that begin with `dev-`. */
const POLICY = `
users:
  - user: alice
    roles: [shipper]
roles:
  shipper:
    allow: ['service.*']
    constraints: { networks: ['dev-*'] }
`;

const DEV = 'qu2pvgiynb4clvlqkhtyupzaf';
const PROD = 'ayr7j1b2bys02jvofgom8idp8';
const HOST = 'ercwouxgecyl0zrtu2d9iodx7';
const CALLS = ['/services/create', '/services/web/update?version=7'];

async function scene() {
  const gate = await start({ policy: POLICY });
  const swarm = new FakeSwarm(gate.daemon);
  swarm.networks.push(
    { id: DEV, name: 'dev-front' },
    { id: PROD, name: 'prod' },
    { id: HOST, name: 'host' },
  );
  const joined: unknown[] = [];
  gate.daemon.on(
    ({ method }) => method === 'POST',
    async (call) => {
      joined.push(JSON.parse((await call.body.readAll()).toString()));
      await call.json(200, {});
    },
  );
  const client = await gate.connect();
  const post = async (target: string, body: object) => {
    const { status, body: text } = await client.call('POST', target, {
      headers: [['Content-Type', 'application/json']],
      body: JSON.stringify(body),
    });
    return { status, text: text.toString() };
  };
  return { ...gate, swarm, joined, post };
}

const inTask = (Target: string) => ({ TaskTemplate: { Networks: [{ Target }] } });
const beside = (Target: string) => ({ Networks: [{ Target }] });

describe.each(CALLS)('the network of a service, in POST %s', (call) => {
  it.each(['dev-front', DEV, 'qu2p'])('goes up by its id, called %s', async (reference) => {
    const { joined, post } = await scene();
    expect(await post(call, inTask(reference))).toMatchObject({ status: 200 });
    expect(await post(call, beside(reference))).toMatchObject({ status: 200 });
    expect(joined).toEqual([inTask(DEV), beside(DEV)]);
  });

  it.each(['prod', PROD, 'ayr7', 'host', HOST, 'er'])('is refused, called %s', async (ref) => {
    const { joined, post } = await scene();
    for (const body of [inTask(ref), beside(ref)]) {
      const { status, text } = await post(call, body);
      expect({ status, text }).toEqual({
        status: 403,
        text: expect.stringContaining('refused to the role \\"shipper\\"') as unknown,
      });
    }
    expect(joined).toEqual([]);
  });

  it('is the one that was looked at, though another gets its name at once', async () => {
    const { joined, post, swarm } = await scene();
    swarm.afterInspection = () => {
      swarm.networks.splice(0, 2, { id: DEV, name: 'old' }, { id: PROD, name: 'dev-front' });
    };
    expect(await post(call, inTask('dev-front'))).toMatchObject({ status: 200 });
    expect(joined).toEqual([inTask(DEV)]);
  });

  it('is not what a network of this node is called: the swarm does not know that', async () => {
    const { daemon, joined, post } = await scene();
    // To this node `ayr7` is a bridge of a name that may be joined, to the swarm the beginning of an id.
    const bridge = { Id: 'd'.repeat(64), Name: 'dev-bridge', Labels: null };
    daemon.on(
      ({ target }) => ['/networks/ayr7', '/networks/dev-bridge'].includes(target),
      (sent) => sent.json(200, bridge),
    );
    expect((await post(call, inTask('ayr7'))).status).toBe(403);
    expect((await post(call, inTask('dev-bridge'))).status).toBe(400);
    expect(joined).toEqual([]);
  });
});
