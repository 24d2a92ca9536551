import { expect, it } from 'vitest';
import type { DaemonCall } from '../support/fake/daemon-call.ts';
import { FakeObjects, idOf } from '../support/fake/objects.ts';
import type { FakeDockerd } from '../support/fake-dockerd.ts';
import { useGate, type GateOptions, type TestGate } from '../support/gate.ts';
import type { LogLine } from '../support/log-lines.ts';
import { EXEC_START, openTunnel } from '../support/raw/hijack-client.ts';
import { validateSettings } from '../../src/config/validate.ts';

const startGate = useGate();
const WEB = { id: idOf('a1'), name: 'web', image: 'nginx:1' };
const EXEC = idOf('e1');
const JSON_BODY = [['Content-Type', 'application/json']] as const;

const detail = (level: 'full' | 'standard' | 'minimal' | 'off'): GateOptions => ({
  audit: { ...validateSettings({}).audit, detail: level },
});

const start = (options: GateOptions = {}): Promise<TestGate> =>
  startGate({ ...detail('standard'), ...options });

/** A gate before a daemon that has one container. */
async function startWithWeb(options?: GateOptions): Promise<TestGate> {
  const gate = await start(options);
  new FakeObjects(gate.daemon).containers.push(WEB);
  return gate;
}

/** Answers calls of one kind, once their bodies are there. */
function answers(daemon: FakeDockerd, filter: string, status: number, value: object): void {
  daemon.on(filter, async (call) => {
    await call.body.readAll();
    if (status === 204) await call.answer(204, []);
    else await call.json(status, value);
  });
}

async function post({ connect }: TestGate, target: string, body: unknown): Promise<void> {
  const client = await connect();
  await client.call('POST', target, { headers: JSON_BODY, body: JSON.stringify(body) });
}

const lineOf = ({ audit }: TestGate, action: string): Promise<LogLine> =>
  audit.next({ event: 'call', action });

/** Every inspection that the gate made on its own behalf. */
const ownCalls = ({ daemon }: TestGate): DaemonCall[] =>
  daemon.calls.all.filter((call) => call.header('user-agent') === 'dockgate');

it('tells what a container may do and which one was made', async () => {
  const gate = await startWithWeb();
  answers(gate.daemon, 'POST /containers/create', 201, { Id: idOf('c7'), Warnings: [] });
  await post(gate, '/v1.47/containers/create?name=db', {
    Image: 'postgres:16',
    Cmd: ['postgres', '--password', 'x'],
    Env: ['A=b'],
    HostConfig: {
      Privileged: true,
      Binds: ['/:/host'],
      Mounts: [{ Type: 'bind', Source: '/etc', Target: '/e' }],
      NetworkMode: 'host',
      CapAdd: ['SYS_ADMIN'],
      PortBindings: { '80/tcp': [{ HostPort: '8080' }] },
    },
  });
  const line = await lineOf(gate, 'container.create');
  expect(line).toMatchObject({
    api_version: '1.47',
    cipher: expect.stringMatching(/^TLS_/) as string,
    status: 201,
    detail: {
      image: 'postgres:16',
      cmd: ['postgres', '--password', '***'],
      env: ['A'],
      privileged: true,
      binds: ['/:/host'],
      mounts: [{ type: 'bind', source: '/etc', target: '/e' }],
      network_mode: 'host',
      cap_add: ['SYS_ADMIN'],
      published: ['8080->80/tcp'],
    },
    target: {
      kind: 'container',
      asked: ['db'],
      id: idOf('c7'),
      name: 'db',
      image: 'postgres:16',
    },
  });
  const intent = gate.audit.having({ event: 'intent', action: 'container.create' })[0];
  expect(intent).toMatchObject({
    id: line['id'],
    detail: line['detail'],
    target: { asked: ['db'] },
  });
  expect(intent?.['target']).not.toHaveProperty('id');
});

it('says no id of a container that the daemon refused to make', async () => {
  const gate = await startWithWeb();
  answers(gate.daemon, 'POST /containers/create', 409, { message: 'taken', Id: idOf('c7') });
  await post(gate, '/v1.47/containers/create?name=db', { Image: 'x' });
  const line = await lineOf(gate, 'container.create');
  expect(line).toMatchObject({ status: 409, detail: { image: 'x' } });
  expect(line['target']).toEqual({ kind: 'container', asked: ['db'] });
});

it('carries from the create of an exec to its start what runs, as whom, and how it ended', async () => {
  const gate = await startWithWeb();
  const { daemon, audit, connect } = gate;
  answers(daemon, 'POST /containers/web/exec', 201, { Id: EXEC });
  daemon.on(`GET /exec/${EXEC}/json`, (call) =>
    call.json(200, { ID: EXEC, ContainerID: WEB.id, Running: false, ExitCode: 42 }),
  );
  await post(gate, '/v1.47/containers/web/exec', {
    Cmd: ['sh', '-c', 'TOKEN=x id'],
    User: 'root',
    Tty: true,
    Privileged: true,
  });
  const client = await connect();
  await client.send(
    `POST /v1.47/exec/${EXEC}/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n` +
      'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
  );
  const call = await daemon.nextCall(`POST /exec/${EXEC}/start`);
  await call.body.readAll();
  const stream = await call.hijack('raw-stream');
  await client.readHead();
  await stream.write('uid=0');
  stream.end();
  client.end();
  await client.source.readAll();

  const what = { cmd: ['sh', '-c', 'TOKEN=*** id'], user: 'root', tty: true, privileged: true };
  const target = { name: 'web', image: 'nginx:1' };
  expect(await lineOf(gate, 'exec.create')).toMatchObject({
    detail: { ...what, exec: EXEC },
    target: { ...target, kind: 'container', id: WEB.id },
  });
  expect(await lineOf(gate, 'exec.start')).toMatchObject({
    detail: what,
    target: { ...target, kind: 'exec', id: EXEC },
    exit_code: 42,
    bytes_in: 2,
    bytes_out: 5,
    end: 'complete',
  });
  expect(audit.having({ event: 'intent', action: 'exec.start' })[0]).toMatchObject({
    detail: what,
  });
});

it('knows an exec at its start, however long the daemon took to say whose it is', async () => {
  const gate = await start();
  const { daemon } = gate;
  // No inspection is ever answered.
  daemon.on('GET /containers/web/json', () => undefined);
  answers(daemon, 'POST /containers/web/exec', 201, { Id: EXEC });
  answers(daemon, `POST /exec/${EXEC}/start`, 200, {});
  daemon.on(`GET /exec/${EXEC}/json`, () => undefined);
  const client = await gate.connect();
  const begun = performance.now();
  await client.call('POST', '/v1.47/containers/web/exec', {
    headers: JSON_BODY,
    body: '{"Cmd":["ls"]}',
  });
  await client.call('POST', `/v1.47/exec/${EXEC}/start`, {
    headers: JSON_BODY,
    body: '{"Detach":true}',
  });
  expect(await lineOf(gate, 'exec.create')).toMatchObject({ status: 201 });
  const line = await lineOf(gate, 'exec.start');
  expect(line).toMatchObject({ detail: { cmd: ['ls'], detach: true }, status: 200 });
  expect(line).not.toHaveProperty('exit_code');
  // Two lines that each waited 250 ms, on a machine with other things to do.
  expect(performance.now() - begun).toBeLessThan(5_000);
});

it.each(['that runs on after its client left', 'that nobody attached to'])(
  'tells in a line of its own how an exec %s ended',
  async (how) => {
    const gate = await startWithWeb();
    const { daemon, audit, connect } = gate;
    const isDetached = how.includes('nobody');
    daemon.on(`GET /exec/${EXEC}/json`, (call) =>
      call.json(200, { ID: EXEC, ContainerID: WEB.id, Running: true, ExitCode: null }),
    );
    const client = await connect();
    if (isDetached) {
      answers(daemon, `POST /exec/${EXEC}/start`, 200, {});
      const body = '{"Detach":true}';
      await client.call('POST', `/v1.47/exec/${EXEC}/start`, { headers: JSON_BODY, body });
    } else {
      const upgrade = { ...EXEC_START, target: `/v1.47/exec/${EXEC}/start` };
      await client.send(
        `POST ${upgrade.target} HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n` +
          'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
      );
      const call = await daemon.nextCall(`POST /exec/${EXEC}/start`);
      await call.body.readAll();
      await call.hijack('raw-stream');
      await client.readHead();
      client.reset();
    }
    const events = await daemon.nextCall('GET /events');
    const ended = await lineOf(gate, 'exec.start');
    expect(ended).not.toHaveProperty('exit_code');
    expect(decodeURIComponent(events.target)).toContain('exec_die');
    expect(audit.having({ event: 'exec-exit' })).toEqual([]);

    await events.start('chunked');
    const event = (execID: string, exitCode: string): string =>
      `${JSON.stringify({ Type: 'container', Action: 'exec_die', Actor: { ID: WEB.id, Attributes: { execID, exitCode } } })}\n`;
    await events.write(event(idOf('e2'), '1'));
    const [head, tail] = [event(EXEC, '137').slice(0, 40), event(EXEC, '137').slice(40)];
    await events.write(head);
    await events.write(tail);
    const exit = await audit.next({ event: 'exec-exit' });
    expect(exit).toMatchObject({
      id: ended['id'],
      user: 'alice',
      exit_code: 137,
      target: { kind: 'exec', id: EXEC, name: 'web' },
    });
    // Nobody waits for anything any more, so nobody listens.
    await events.connection.peerEnded;
  },
);

it('says what a container ended with that was waited for', async () => {
  const gate = await startWithWeb();
  answers(gate.daemon, 'POST /containers/web/wait', 200, { StatusCode: 3 });
  const client = await gate.connect();
  await client.call('POST', '/v1.47/containers/web/wait', { body: '' });
  expect(await lineOf(gate, 'container.wait')).toMatchObject({
    exit_code: 3,
    target: { kind: 'container', asked: ['web'], id: WEB.id, name: 'web', image: 'nginx:1' },
  });
});

it.each<[string, string, string, object]>([
  ['image.pull', 'POST', '/images/create?fromImage=reg.io/app&tag=2', { image: 'reg.io/app:2' }],
  ['image.push', 'POST', '/images/reg.io/app/push?tag=2', { image: 'reg.io/app:2' }],
  ['image.build', 'POST', '/build?t=app:3&version=1', { image: 'app:3', builder: 'classic' }],
  ['container.archive_get', 'GET', '/containers/web/archive?path=/etc', { path: '/etc' }],
  ['container.archive_put', 'PUT', '/containers/web/archive?path=/tmp', { path: '/tmp' }],
])('tells what %s is about', async (action, method, target, expected) => {
  const gate = await startWithWeb();
  gate.daemon.on(
    (call) => call.method === method && call.target.startsWith(`/v1.47${target}`),
    async (call) => {
      await call.body.readAll();
      await call.answer(200, [], 'x');
    },
  );
  gate.daemon.on(
    ({ path }) => path.startsWith('/images/') && path.endsWith('/json'),
    (call) => call.json(404, { message: 'none' }),
  );
  const client = await gate.connect();
  const agent = `Docker-Client/29 \u00a0${'x'.repeat(300)}`;
  await client.call(method, `/v1.47${target}`, {
    headers: [['User-Agent', agent]],
    ...(method !== 'GET' && { body: '' }),
  });
  const line = await lineOf(gate, action);
  expect(line).toMatchObject({ detail: expected, status: 200, bytes_out: 1 });
  expect(line['user_agent']).toMatch(
    /^Docker-Client\/29 \\u00a0x+…\(\+\d+, sha256 [0-9a-f]{16}\)$/,
  );
  expect(line['time_to_first_byte_ms']).toBeGreaterThan(0);
  expect(line['time_to_first_byte_ms']).toBeLessThanOrEqual(Number(line['duration_ms']));
});

it('asks what a container is called once, and again after that may have changed', async () => {
  const gate = await startWithWeb();
  const { daemon, connect } = gate;
  for (const what of ['start', 'stop', 'rename']) {
    answers(daemon, `POST /containers/web/${what}`, 204, {});
  }
  const client = await connect();
  const call = async (what: string): Promise<void> => {
    await client.call('POST', `/containers/web/${what}`, { body: '' });
    expect(await lineOf(gate, `container.${what.split('?')[0] ?? ''}`)).toMatchObject({
      target: { kind: 'container', id: WEB.id, name: 'web', image: 'nginx:1' },
    });
  };
  await call('start');
  await call('stop');
  await call('rename?name=new');
  expect(ownCalls(gate)).toHaveLength(1);
  await call('start');
  expect(ownCalls(gate)).toHaveLength(2);
});

it('is about the object that the call is about, where a policy asks for others too', async () => {
  const policy = `
users: [{ user: alice, roles: [dev] }]
roles:
  dev:
    allow: [{ actions: ["*"] }]
    constraints: { joins: { names: [web] } }
`;
  const gate = await startWithWeb({ policy });
  answers(gate.daemon, 'POST /containers/create', 201, { Id: idOf('c7') });
  await post(gate, '/v1.47/containers/create', {
    Image: 'x',
    HostConfig: { NetworkMode: 'container:web' },
  });
  const line = await lineOf(gate, 'container.create');
  expect(ownCalls(gate).map(({ path }) => path)).toContain('/containers/web/json');
  expect(line).toMatchObject({ status: 201, target: { kind: 'container', id: idOf('c7') } });
  expect(line['target']).not.toHaveProperty('name');
});

it('reads no body and asks the daemon nothing where it is to tell nothing', async () => {
  const gate = await startWithWeb(detail('off'));
  const { daemon, connect } = gate;
  answers(daemon, 'POST /containers/create', 201, { Id: idOf('c7') });
  answers(daemon, 'POST /containers/web/exec', 201, { Id: EXEC });
  answers(daemon, `POST /exec/${EXEC}/start`, 200, {});
  answers(daemon, 'POST /containers/web/wait', 200, { StatusCode: 3 });
  const client = await connect();
  for (const target of [
    '/containers/create?name=db',
    '/containers/web/exec',
    `/exec/${EXEC}/start`,
    '/containers/web/wait',
  ]) {
    // What is no JSON would be refused, if it were read.
    const body = target.includes('start') ? '{"Detach":true}' : 'no json';
    await client.call('POST', target, { headers: JSON_BODY, body });
  }
  const waited = await lineOf(gate, 'container.wait');
  expect(gate.audit.having({ event: 'call', end: 'complete' })).toHaveLength(4);
  expect(waited).not.toHaveProperty('exit_code');
  for (const line of gate.audit.having({ event: 'call' })) {
    expect(line).not.toHaveProperty('detail');
  }
  expect(ownCalls(gate)).toEqual([]);
});

it('tells nothing of commands at level minimal', async () => {
  const gate = await startWithWeb(detail('minimal'));
  answers(gate.daemon, 'POST /containers/web/exec', 201, { Id: EXEC });
  await post(gate, '/v1.47/containers/web/exec', { Cmd: ['ls'], User: 'root' });
  expect((await lineOf(gate, 'exec.create'))['detail']).toEqual({ user: 'root', exec: EXEC });
});

it('waits for no inspection with an ordinary call, and a quarter of a second with its line', async () => {
  const gate = await start();
  const { daemon, connect } = gate;
  let wasAsked = false;
  daemon.on('GET /containers/web/json', () => {
    wasAsked = true;
  });
  answers(daemon, 'POST /containers/web/start', 204, {});
  const client = await connect();
  expect((await client.call('POST', '/containers/web/start', { body: '' })).status).toBe(204);
  expect(gate.audit.having({ event: 'call' })).toEqual([]);
  const line = await lineOf(gate, 'container.start');
  expect(line['target']).toEqual({ kind: 'container', asked: ['web'] });
  expect(line['duration_ms']).toBeLessThan(5_000);
  expect(wasAsked).toBe(true);
});

it('tells of a tunnel what it carried', async () => {
  const gate = await startWithWeb();
  const client = await gate.connect();
  const { container } = await openTunnel(client, gate.daemon, {
    method: 'POST',
    target: '/v1.47/containers/web/attach?stream=1&stdin=1&stdout=1',
    token: 'tcp',
    kind: 'raw-stream',
  });
  await client.send('12345');
  client.end();
  await container.readAll();
  await container.write('123');
  container.end();
  await client.source.readAll();
  const line = await lineOf(gate, 'container.attach');
  expect(line).toMatchObject({
    bytes_in: 5,
    bytes_out: 3,
    target: { id: WEB.id, name: 'web', image: 'nginx:1' },
  });
  expect(line['time_to_first_byte_ms']).toBeGreaterThan(0);
});
