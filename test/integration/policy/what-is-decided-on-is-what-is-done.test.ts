import { describe, expect, it } from 'vitest';
import { FakeObjects, idOf } from '../../support/fake/objects.ts';
import { useGate } from '../../support/gate.ts';

const start = useGate();

/** Alice may do what she likes with containers of team a, in networks that begin with `dev-`. */
const POLICY = `
users:
  - user: alice
    roles: [team-a]
roles:
  team-a:
    allow:
      - actions: ['container.*', 'exec.*', image.commit]
        containers: { labels: { team: a } }
      - actions: [network.connect, network.remove]
        containers: { labels: { team: a } }
        networks: ['dev-*']
    unconstrained: true
`;

const MINE = { id: idOf('aa11'), labels: { team: 'a' } };
const OTHER = { id: idOf('bb22'), labels: { team: 'b' } };
const JSON_TYPE = [['Content-Type', 'application/json']] as const;

async function scene() {
  const gate = await start({ policy: POLICY });
  const objects = new FakeObjects(gate.daemon);
  const mine = { ...MINE, name: 'web' };
  const other = { ...OTHER, name: 'db' };
  objects.containers.push(mine, other);
  const done: string[] = [];
  gate.daemon.on(
    ({ method }) => method !== 'GET',
    async (call) => {
      await call.body.readAll();
      done.push(`${call.method} ${call.target}`);
      await call.json(200, {});
    },
  );
  const client = await gate.connect();
  const call = async (method: string, target: string, body?: string) => {
    const options = body === undefined ? {} : { headers: JSON_TYPE, body };
    const { status, body: text } = await client.call(method, target, options);
    const answer = text.toString();
    const message = answer.includes('"message"')
      ? (JSON.parse(answer) as { message: string }).message
      : '';
    return { status, message };
  };
  return { ...gate, objects, mine, other, done, call };
}

describe('a container', () => {
  it.each([
    ['its name', 'web'],
    ['its id', MINE.id],
    ['the beginning of its id', 'aa1'],
  ])('is reached by %s, and goes up by its id', async (_, reference) => {
    const { call, done } = await scene();
    expect(await call('POST', `/v1.41/containers/${reference}/restart?t=1`)).toMatchObject({
      status: 200,
    });
    expect(done).toEqual([`POST /v1.41/containers/${MINE.id}/restart?t=1`]);
  });

  it('of others is refused by every name, and the daemon is asked for nothing else', async () => {
    const { call, done } = await scene();
    for (const reference of ['db', OTHER.id, 'bb22']) {
      const { status, message } = await call('DELETE', `/containers/${reference}?force=1`);
      expect(status).toBe(403);
      expect(message).toContain('container.remove is refused to the role "team-a"');
    }
    expect(done).toEqual([]);
  });

  it('is not what another is called like: a name wins over the beginning of an id', async () => {
    const { call, done, objects } = await scene();
    // The container of others gets the beginning of my container's id for a name.
    objects.containers.push({ id: idOf('cc33'), name: 'aa11', labels: { team: 'b' } });
    expect((await call('POST', '/containers/aa11/kill')).status).toBe(403);
    expect((await call('POST', '/containers/aa110/kill')).status).toBe(200);
    expect(done).toEqual([`POST /containers/${MINE.id}/kill`]);
  });

  it('that is meant by a beginning of several ids is refused as the daemon does', async () => {
    const { call, done, objects } = await scene();
    objects.containers.push({ id: idOf('aa12'), name: 'two', labels: { team: 'a' } });
    const { status, message } = await call('POST', '/containers/aa1/stop');
    expect({ status, message }).toEqual({
      status: 400,
      message: 'multiple IDs or names found with provided prefix: aa1',
    });
    expect(done).toEqual([]);
  });

  it('that is not there is 404 in the words of the daemon', async () => {
    const { call, done } = await scene();
    expect(await call('POST', '/containers/gone/start')).toEqual({
      status: 404,
      message: 'No such container: gone',
    });
    expect(done).toEqual([]);
  });

  it('whose name is swapped between look and use is still the one that was looked at', async () => {
    const { call, done, objects, mine, other } = await scene();
    objects.afterInspection = () => {
      mine.name = 'old';
      other.name = 'web';
    };
    expect((await call('POST', '/containers/web/exec', '{"Cmd":["id"]}')).status).toBe(200);
    expect(done).toEqual([`POST /containers/${MINE.id}/exec`]);
    expect(objects.find('web')).toEqual([other]);
  });

  it('is never another, however fast names move between look and use', async () => {
    const { call, done, objects, mine, other } = await scene();
    let turn = 0;
    objects.afterInspection = () => {
      turn += 1;
      [mine.name, other.name] = turn % 2 === 0 ? ['web', 'db'] : ['db', 'web'];
    };
    for (let at = 0; at < 40; at += 1) {
      const { status } = await call('POST', `/containers/${at % 3 === 0 ? 'db' : 'web'}/stop`);
      expect([200, 403]).toContain(status);
    }
    expect(done.length).toBeGreaterThan(5);
    expect(new Set(done)).toEqual(new Set([`POST /containers/${MINE.id}/stop`]));
  });

  it('is not what a link is: to take one off by the id would be to take off another name', async () => {
    const { call, done } = await scene();
    const { status, message } = await call('DELETE', '/containers/web?link=1');
    expect({ status, message }).toEqual({
      status: 403,
      message: 'refused by policy: removing a link cannot be judged',
    });
    expect((await call('DELETE', '/containers/web?link=0')).status).toBe(200);
    expect(done).toEqual([`DELETE /containers/${MINE.id}?link=0`]);
  });

  it('in a query goes by its id too', async () => {
    const { call, done } = await scene();
    expect((await call('POST', '/commit?container=db&repo=x')).status).toBe(403);
    expect((await call('POST', '/commit?container=%2Fweb')).status).toBe(200);
    expect(done).toEqual([`POST /commit?container=${MINE.id}`]);
  });
});

describe('an exec', () => {
  it('is judged by the container that it runs in, whoever made it', async () => {
    const { call, done, objects } = await scene();
    const [good, bad] = [idOf('e1'), idOf('e2')];
    objects.execs.set(good, MINE.id);
    objects.execs.set(bad, OTHER.id);
    expect((await call('POST', `/exec/${bad}/resize?h=1&w=1`)).status).toBe(403);
    expect((await call('POST', `/exec/${bad}/start`, '{"Detach":true}')).status).toBe(403);
    expect((await call('POST', `/exec/${good}/start`, '{"Detach":true}')).status).toBe(200);
    expect(done).toEqual([`POST /exec/${good}/start`]);
  });

  it('whose beginning alone is given is none, as with the daemon', async () => {
    const { call, done, objects } = await scene();
    objects.execs.set(idOf('e1'), MINE.id);
    expect((await call('POST', '/exec/e1/start', '{}')).status).toBe(404);
    expect(done).toEqual([]);
  });
});

describe('a network, and the container that a body names', () => {
  it('go by their ids, in path and body', async () => {
    const { call, daemon, done, objects } = await scene();
    objects.networks.push({ id: idOf('d1'), name: 'dev-front' }, { id: idOf('d2'), name: 'prod' });
    const bodies: string[] = [];
    daemon.on(`POST /networks/${idOf('d1')}/connect`, async (sent) => {
      bodies.push((await sent.body.readAll()).toString());
      await sent.json(200, {});
    });
    const connect = (network: string, container: string) =>
      call('POST', `/networks/${network}/connect`, `{"Container":"${container}"}`);
    expect((await connect('prod', 'web')).status).toBe(403);
    expect((await connect('dev-front', 'db')).status).toBe(403);
    expect((await connect('dev-front', 'web')).status).toBe(200);
    expect((await connect('d1', 'aa11')).status).toBe(200);
    expect(bodies).toEqual([`{"Container":"${MINE.id}"}`, `{"Container":"${MINE.id}"}`]);
    expect(done).toEqual([]);
  });
});

describe('an image that asks for devices', () => {
  const HELD = `
users: [{ user: alice, roles: [held] }]
roles:
  held: { allow: [container.create] }
`;
  const ID = idOf('1a');

  async function creating(env: readonly string[]) {
    const { daemon, connect } = await start({ policy: HELD });
    const objects = new FakeObjects(daemon);
    objects.images.push({ id: ID, name: 'app', user: '1000', env });
    const made: unknown[] = [];
    daemon.on('POST /containers/create', async (call) => {
      made.push(JSON.parse((await call.body.readAll()).toString()));
      await call.json(201, {});
    });
    const client = await connect();
    const create = async (body: object) =>
      client.call('POST', '/v1.41/containers/create', {
        headers: JSON_TYPE,
        body: JSON.stringify(body),
      });
    return { create, made };
  }

  it('is not run by who may have none, unless the call says that it wants none', async () => {
    const { create, made } = await creating(['PATH=/bin', 'NVIDIA_VISIBLE_DEVICES=all']);
    const refused = await create({ Image: 'app' });
    expect(refused.status).toBe(403);
    expect(refused.body.toString()).toContain('NVIDIA_VISIBLE_DEVICES');
    expect(made).toEqual([]);
    const none = { Image: 'app', User: '5', Env: ['NVIDIA_VISIBLE_DEVICES=void'] };
    expect((await create(none)).status).toBe(201);
    expect(made).toEqual([none]);
  });

  it('is told from one that does not, which goes up with what was looked at', async () => {
    const { create, made } = await creating(['PATH=/bin']);
    expect((await create({ Image: 'app' })).status).toBe(201);
    // The daemon answers for one that is not there.
    expect((await create({ Image: 'gone' })).status).toBe(201);
    expect(made).toEqual([{ User: '1000', Image: 'app' }, { Image: 'gone' }]);
  });
});

describe('the trail', () => {
  it('tells what was decided, by what, and what the call was about', async () => {
    const { call, audit } = await scene();
    await call('POST', '/containers/web/start');
    await call('POST', '/containers/db/start');
    expect(await audit.next({ event: 'call', status: 200 })).toMatchObject({
      decision: 'allow',
      role: 'team-a',
      rule: 'policy.yaml:8',
      path: '/containers/web/start',
      target: { kind: 'container', id: MINE.id, name: 'web', image: 'app:1' },
    });
    const refused = await audit.next({ event: 'call', status: 403 });
    expect(refused).toMatchObject({
      decision: 'deny',
      role: 'team-a',
      end: 'refused',
      target: { kind: 'container', id: OTHER.id, name: 'db' },
    });
    expect(refused['reason']).toContain('container.start is refused to the role "team-a"');
  });
});

describe('a daemon that does not say what a call is about', () => {
  it.each([
    ['breaks off', 'breakOff'],
    ['says something else', 'other'],
  ])('costs the call, and nothing goes up: it %s', async (_, how) => {
    const { call, daemon, done } = await scene();
    daemon.on('GET /containers/web/json', (sent) => {
      if (how === 'breakOff') sent.breakOff();
      else void sent.json(200, { Id: 'x' });
    });
    expect((await call('POST', '/containers/web/start')).status).toBe(502);
    expect(done).toEqual([]);
  });
});
