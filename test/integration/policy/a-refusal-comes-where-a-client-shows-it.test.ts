import { describe, expect, it } from 'vitest';
import { FakeObjects, idOf } from '../../support/fake/objects.ts';
import { useGate } from '../../support/gate.ts';

const start = useGate();
const JSON_TYPE = [['Content-Type', 'application/json']] as const;

const policy = (allow: string): string => `
users: [{ user: alice, roles: [some] }]
roles:
  some:
    allow: ${allow}
    constraints: { images: ['*'] }
`;

async function scene(allow: string) {
  const gate = await start({ policy: policy(allow) });
  const objects = new FakeObjects(gate.daemon);
  objects.containers.push({ id: idOf('a1'), name: 'web' }, { id: idOf('b1'), name: 'db' });
  gate.daemon.on(
    ({ method }) => method === 'POST',
    (call) => call.json(201, {}),
  );
  const client = await gate.connect();
  const post = async (target: string, body: object) => {
    const options = { headers: JSON_TYPE, body: JSON.stringify(body) };
    const { status, body: text } = await client.call('POST', target, options);
    return { status, text: text.toString() };
  };
  return { ...gate, post };
}

describe('an exec', () => {
  it('is not even created where it may not be started', async () => {
    const { post, daemon } = await scene('[exec.create]');
    const { status, text } = await post('/containers/web/exec', { Cmd: ['id'] });
    expect(status).toBe(403);
    expect(text).toContain('exec.start');
    expect(daemon.calls.all.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('is created where it may be started in that container', async () => {
    const { post } = await scene(
      "[exec.create, { actions: [exec.start], containers: { names: ['web'] } }]",
    );
    expect((await post('/containers/web/exec', { Cmd: ['id'] })).status).toBe(201);
    expect((await post('/containers/db/exec', { Cmd: ['id'] })).status).toBe(403);
  });
});

describe('a container with its standard input attached', () => {
  it('is not even created where nobody may attach to it', async () => {
    const { post } = await scene('[container.create]');
    const interactive = { Image: 'app', AttachStdin: true, OpenStdin: true, StdinOnce: true };
    const { status, text } = await post('/containers/create', interactive);
    expect(status).toBe(403);
    expect(text).toContain('container.attach');
    expect((await post('/containers/create', { Image: 'app' })).status).toBe(201);
  });

  it('is created where its caller may attach to such a one', async () => {
    const { post } = await scene(
      "[container.create, { actions: [container.attach], containers: { names: ['dev-*'] } }]",
    );
    const interactive = { Image: 'app', AttachStdin: true };
    expect((await post('/containers/create?name=dev-1', interactive)).status).toBe(201);
    expect((await post('/containers/create?name=prod', interactive)).status).toBe(403);
    expect((await post('/containers/create', interactive)).status).toBe(403);
  });
});
