import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readAuditLines, untilAuditLine, type AuditLine } from '../support/e2e/audit-lines.ts';
import { run } from '../support/e2e/child.ts';
import { background, docker, IDLE } from '../support/e2e/docker.ts';
import { Gate, PROGRAM } from '../support/e2e/gate.ts';
import { Registry } from '../support/e2e/registry.ts';
import { endToEndGate } from '../support/e2e/suite.ts';
import { IMAGE } from '../support/e2e/world.ts';
import { expectValidEvent } from '../support/event-schema.ts';

const LOCAL = ['--network', 'none'];

// The calls are those that the client of Docker 20.10 makes.
endToEndGate('the whole trail', (world) => {
  const certs = join(world.dir, 'trail-certs');
  const auditLog = join(world.dir, 'trail', 'audit.jsonl');
  const context = join(world.dir, 'trail-context');
  let [registry, gate, web]: [Registry | undefined, Gate | undefined, string] = [
    undefined,
    undefined,
    '',
  ];
  let read = 0;

  beforeAll(async () => {
    mkdirSync(context);
    mkdirSync(join(world.dir, 'trail'));
    writeFileSync(join(context, 'Dockerfile'), `FROM ${IMAGE}\nARG TOKEN\nLABEL a=b\n`);
    registry = await Registry.start();
    web = await background(world, IDLE);
    gate = await Gate.start({ certs, auditLog, socket: world.socket, home: world.home });
  });
  afterAll(async () => {
    await gate?.stop();
    await registry?.stop();
    // Where a test failed in between.
    await docker(cli, world.direct, ['swarm', 'leave', '--force']);
  });

  /** The lines that were written since somebody asked, once every call under way has ended. */
  async function newLines(): Promise<AuditLine[]> {
    for (;;) {
      const lines = readAuditLines(auditLog);
      const ended = new Set(lines.filter(({ event }) => event === 'call').map(({ id }) => id));
      const isOver = lines.every(({ event, id }) => event !== 'intent' || ended.has(id));
      if (isOver && lines.length > read) {
        const since = lines.slice(read).filter(({ event }) => event !== 'checkpoint');
        read = lines.length;
        for (const line of since) expectValidEvent(line);
        return since;
      }
      await pause(10);
    }
  }

  const webTarget = (): Record<string, unknown> => ({
    ...{ kind: 'container', asked: [web], name: web, image: IMAGE },
    id: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });

  const [cli] = world.clis;
  const through = (args: string[], code = 0, text = ''): Promise<void> =>
    docker(cli, gate?.endpoint ?? world.front, args, {
      env: { DOCKER_BUILDKIT: '0' },
      stdin: { text },
    }).then((outcome) => {
      expect([outcome.code, outcome.stderr.slice(0, code === outcome.code ? 0 : 2_000)]).toEqual([
        code,
        '',
      ]);
    });

  it('starts with the gate', async () => {
    const issued = [{ event: 'certificate-issued' }];
    // Of the CA, the server and the first client, which it makes for itself.
    expectLines(await newLines(), [
      [{ event: 'log-opened' }],
      ...[issued, issued, issued],
      [{ event: 'gate-start' }],
    ]);
  });

  it('tells of a run what was made, of what, and how it ended', async () => {
    const options = ['--name', 'trail', ...LOCAL, '--pull', 'never', '-e', 'TOKEN=s3cret'];
    const command = ['sh', '-c', 'echo hi; exit 3'];
    await through(['run', ...options, '-v', '/etc:/host:ro', IMAGE, ...command], 3);
    const lines = await newLines();
    const id = /[0-9a-f]{64}/.exec(lines.map(({ path }) => path).join())?.[0];
    const made = { kind: 'container', id, name: 'trail', image: IMAGE };
    const detail = {
      ...{ image: IMAGE, cmd: command, env: ['TOKEN'] },
      ...{ binds: ['/etc:/host:ro'], network_mode: 'none' },
    };
    const create = { action: 'container.create', effect: 'create-workload', detail };
    const target = { ...made, asked: [id] };
    const attach = { action: 'container.attach', effect: 'exec', target };
    const wait = { action: 'container.wait', effect: 'read', target };
    const startIt = { action: 'container.start', effect: 'write', target };
    expectLines(lines, [
      PING,
      ...pair({ ...create, target: { ...made, asked: ['trail'] } }, { status: 201 }),
      [intentOf(attach)],
      [intentOf(wait)],
      [intentOf(startIt)],
      // The container may have ended before its start is answered.
      [
        callOf(startIt, { status: 204 }),
        callOf(attach, { status: 101 }),
        callOf(wait, { status: 200, exit_code: 3 }),
      ],
    ]);
  });

  it('tells of an exec what ran, as whom, where, and how it ended', async () => {
    await through(['exec', '-u', '0', web, 'sh', '-c', 'TOKEN=s3cret true; exit 7'], 7);
    const lines = await newLines();
    const exec = lines
      .map(({ path }) => /exec\/([0-9a-f]{64})/.exec(String(path))?.[1])
      .find(Boolean);
    const detail = { cmd: ['sh', '-c', 'TOKEN=*** true; exit 7'], user: '0' };
    const { id: container, ...ofWeb } = webTarget();
    const target = { ...ofWeb, kind: 'exec', id: exec, container, asked: [exec] };
    const create = { action: 'exec.create', effect: 'exec', detail, target: webTarget() };
    const startIt = { action: 'exec.start', effect: 'exec', detail, target };
    const inspect = { action: 'exec.inspect', effect: 'read-sensitive', target };
    expectLines(lines, [
      PING,
      ...pair({ action: 'container.inspect', effect: 'read-sensitive', target: webTarget() }),
      [intentOf(create)],
      [callOf(create, { status: 201, detail: { ...detail, exec } })],
      [intentOf(startIt)],
      // The client asks how it ended too, while the gate does.
      [
        callOf(startIt, { status: 101, exit_code: 7 }),
        intentOf(inspect),
        callOf(inspect, { status: 200 }),
      ],
    ]);
  });

  it('tells of a copy which path it was', async () => {
    const read = 'read-sensitive';
    const what = (action: string, effect: string, path: string): Shape => ({
      ...{ action: `container.archive_${action}`, effect },
      ...{ detail: { path }, target: webTarget() },
    });
    await through(['cp', `${web}:/etc`, '-']);
    expectLines(await newLines(), [PING, ...pair(what('get', read, '/etc'))]);
    await through(['cp', join(context, 'Dockerfile'), `${web}:/tmp/x`]);
    expectLines(await newLines(), [
      PING,
      ...pair(what('stat', read, '/tmp/x'), { status: 404 }),
      ...pair(what('put', 'exec', '/tmp')),
    ]);
  });

  it('tells of a build what it makes, and names its arguments', async () => {
    await through(['build', ...LOCAL, '-t', 'trail:1', '--build-arg', 'TOKEN=s3cret', context]);
    const detail = {
      ...{ image: 'trail:1', builder: 'classic', dockerfile: 'Dockerfile' },
      ...{ network_mode: 'none', build_args: ['TOKEN'] },
    };
    const target = { kind: 'image', asked: ['trail:1'] };
    expectLines(await newLines(), [
      PING,
      ...pair({ action: 'image.build', effect: 'build', detail, target }),
    ]);
  });

  it('tells of a login where it was, and not who', async () => {
    const server = registry?.address ?? '';
    await through(['login', '-u', 's3cret', '--password-stdin', server], 0, 's3cret');
    expectLines(await newLines(), [
      PING,
      [callOf({ action: 'system.info', effect: 'read' })],
      ...pair({ action: 'registry.login', effect: 'outbound', detail: { server } }),
    ]);
  });

  it('tells of a swarm that it was made and left', async () => {
    await through(['swarm', 'init', '--advertise-addr', '127.0.0.1']);
    const lines = await newLines();
    const node = lines.find(({ action }) => action === 'node.inspect')?.['path'];
    const asked = [String(node).split('/').pop()];
    const detail = { listen: '0.0.0.0:2377', advertise: '127.0.0.1' };
    expectLines(lines, [
      PING,
      ...pair({ action: 'swarm.init', effect: 'host-admin', detail }),
      [callOf({ action: 'node.inspect', effect: 'read', target: { kind: 'node', asked } })],
      ...pair({ action: 'swarm.inspect', effect: 'host-admin' }),
    ]);
    await through(['swarm', 'leave', '--force']);
    expectLines(await newLines(), [PING, ...pair({ action: 'swarm.leave', effect: 'host-admin' })]);
  });

  it('tells of a client that was refused', async () => {
    const ca = readFileSync(join(certs, 'ca.pem'));
    const socket = connect({ host: '127.0.0.1', port: gate?.port ?? 0, ca });
    socket.on('error', () => undefined).resume();
    socket.once('secureConnect', () => socket.write('GET /info HTTP/1.1\r\nHost: d\r\n\r\n'));
    await untilAuditLine(auditLog, ({ event }) => event === 'peer-refused');
    const lines = await newLines();
    expectLines(lines, [[{ event: 'peer-refused' }]]);
    expect(lines[0]?.['reason']).toContain('no client certificate');
  });

  it('ends with the gate, is whole, and has no secret', async () => {
    await gate?.stop();
    expectLines(await newLines(), [[{ event: 'gate-stop' }]]);
    const { code, stdout } = await run(process.execPath, [PROGRAM, 'audit', 'verify', auditLog]);
    expect([code, stdout.toString()]).toEqual([
      0,
      expect.stringMatching(/ 0 gaps[^]*: 0 lines[^]*ok/),
    ]);
    const lines = readAuditLines(auditLog);
    expect(JSON.stringify(lines)).not.toContain('s3cret');
    for (const line of lines.filter(({ event }) => event === 'call' || event === 'intent')) {
      expect(line).toMatchObject({ user: 'admin', tls: 'TLSv1.3' });
      expect(line['user_agent']).toMatch(/^Docker-Client\//);
    }
    // Every intent has its call, which says the same and more.
    const calls = new Map(
      lines.filter(({ event }) => event === 'call').map((line) => [line['id'], line]),
    );
    for (const { id, path } of lines.filter(({ event }) => event === 'intent')) {
      expect(calls.get(id)).toMatchObject({ path });
    }
  });
});

/** What is asserted of a line; all of it has to be there, and nothing else of these. */
interface Shape {
  readonly event?: string;
  readonly action?: string;
  readonly effect?: string;
  readonly target?: Readonly<Record<string, unknown>>;
  readonly detail?: object;
  readonly status?: number;
  readonly exit_code?: number;
  readonly end?: string;
}

/** Before anything is done, the daemon may not have said yet what its target is. */
function intentOf({ target, ...shape }: Shape): Shape {
  const asked = target && { target: { kind: target['kind'], asked: target['asked'] } };
  return { event: 'intent', ...shape, ...asked };
}

function callOf(shape: Shape, outcome: Shape = {}): Shape {
  return { event: 'call', end: 'complete', status: 200, ...shape, ...outcome };
}

/** A call's two lines, one right after the other. */
function pair(shape: Shape, outcome?: Shape): Shape[][] {
  return [[intentOf(shape)], [callOf(shape, outcome)]];
}

const PING = [callOf({ action: 'system.ping', effect: 'meta' })];

/** Asserts every line, in order; those of one group may come in any. */
function expectLines(lines: readonly AuditLine[], groups: readonly (readonly Shape[])[]): void {
  let at = 0;
  const actual = groups.map((group) => inOrder(lines.slice(at, (at += group.length)).map(shapeOf)));
  expect([...actual, ...lines.slice(at).map(shapeOf)]).toEqual(groups.map(inOrder));
}

function inOrder(shapes: readonly Shape[]): Shape[] {
  const key = ({ event = '', action = '' }: Shape): string => `${event} ${action}`;
  return [...shapes].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function shapeOf(line: AuditLine): Shape {
  const { event, action, effect, target, detail, status, exit_code, end } = line as Shape;
  const shape = { event, action, effect, target, detail, status, exit_code, end } as Shape;
  return event === 'intent' ? { ...shape, ...intentOf(shape) } : shape;
}
