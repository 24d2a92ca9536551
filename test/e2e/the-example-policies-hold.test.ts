import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mustRun, run } from '../support/e2e/child.ts';
import { background, docker, IDLE, unique } from '../support/e2e/docker.ts';
import { Gate, PROGRAM } from '../support/e2e/gate.ts';
import { endToEndGate } from '../support/e2e/suite.ts';
import { IMAGE, tlsEndpoint } from '../support/e2e/world.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../packaging/examples');
const USERS = ['alice', 'bob', 'carol', 'ci-1', 'prometheus', 'support', 'eve'] as const;
const TAGS = ['nginx:1.27', 'nginx:latest', 'postgres:16'] as const;

/** What each example says, tried by a docker CLI through the built program before a real daemon. */
endToEndGate('the example policies', (world) => {
  const [cli] = world.clis;
  const certs = join(world.dir, unique('example-certs'));
  const policyFile = join(world.dir, unique('example.yaml'));
  let gate: Gate;
  const made: string[] = [];

  const direct = (...args: readonly string[]): Promise<string> =>
    mustRun(cli.path, args, { env: world.direct.env });

  beforeAll(async () => {
    writeFileSync(policyFile, 'users: []\n');
    gate = await Gate.start({
      ...{ certs, socket: world.socket, home: world.home },
      auditLog: join(world.dir, unique('example-audit.jsonl')),
      args: ['--policy', policyFile, ...['admin', ...USERS].flatMap((user) => ['--client', user])],
    });
    const added = ['client', 'add', 'grafana', '--role', 'dashboard', '--certs', certs];
    await mustRun(process.execPath, [PROGRAM, ...added], { env: world.direct.env });
    for (const tag of TAGS) await direct('tag', IMAGE, tag);
  });
  afterAll(async () => {
    await gate.stop();
    if (made.length > 0) await direct('rm', '--force', ...made);
    await direct('rmi', ...TAGS);
  });

  /** Puts an example in force, with changes where it speaks of a place or time that is not here. */
  async function use(name: string, change: (text: string) => string = (text) => text) {
    const text = readFileSync(join(EXAMPLES, name), 'utf8');
    const before = gate.child.text('stderr').length;
    writeFileSync(policyFile, change(text));
    process.kill(gate.child.pid, 'SIGHUP');
    await gate.child.waitFor(
      new RegExp(`^[^]{${before},}"cause":"SIGHUP"[^\\n]*reloaded the policy`),
      'stderr',
    );
  }

  /** @returns `yes`, or what the client was told. */
  async function as(user: string, ...args: readonly string[]): Promise<string> {
    const endpoint = tlsEndpoint('dockgate', gate.port, join(certs, 'clients', user), world.home);
    const { code, stderr } = await docker(cli, endpoint, args);
    return code === 0 ? 'yes' : stderr;
  }

  async function container(...options: readonly string[]): Promise<string> {
    const name = await background(world, IDLE, ['--stop-timeout', '0', ...options]);
    made.push(name);
    return name;
  }

  const refused = (action: string) =>
    expect.stringMatching(`refused by policy: ${action.replaceAll('.', '\\.')} is`) as string;

  it('pass "policy check"', async () => {
    const names = readdirSync(EXAMPLES);
    const checks = names.map(async (name) => {
      const args = [PROGRAM, 'policy', 'check', join(EXAMPLES, name)];
      const { code, stdout } = await run(process.execPath, args, { env: world.direct.env });
      return { name, code, isPolicy: stdout.toString().includes('is a policy') };
    });
    const expected = names.map((name) => ({ name, code: 0, isPolicy: true }));
    expect(await Promise.all(checks)).toEqual(expected);
  });

  it('first.yaml: everybody looks, admin does', async () => {
    await use('first.yaml');
    const name = await container();
    expect(await as('eve', 'ps')).toBe('yes');
    expect(await as('eve', 'logs', name)).toEqual(refused('container.inspect'));
    expect(await as('eve', 'stop', name)).toEqual(refused('container.stop'));
    expect(await as('admin', 'stop', name)).toBe('yes');
  });

  it('team.yaml: each team has its containers, within its bounds', async () => {
    await use('team.yaml', (text) =>
      text.replace('10.20.0.0/16', '127.0.0.0/8').replace('2026-12-31', '9999-12-31'),
    );
    const create = (user: string, team: string, ...more: readonly string[]): Promise<string> => {
      const options = ['--pull', 'never', '--label', `team=${team}`];
      return as(user, 'create', ...options, ...more, 'true');
    };
    const limits = ['--memory', '1g', '--cpus', '1', '--pids-limit', '100'];
    expect(await create('alice', 'web', 'nginx:1.27')).toBe('yes');
    expect(await create('alice', 'web', 'nginx:latest')).toEqual(refused('container.create'));
    expect(await create('alice', 'db', 'nginx:1.27')).toEqual(refused('container.create'));
    const host = ['--volume', '/etc:/x', 'nginx:1.27'];
    expect(await create('alice', 'web', ...host)).toEqual(refused('container.create'));
    expect(await create('bob', 'db', ...limits, 'postgres:16')).toBe('yes');
    expect(await create('bob', 'db', 'postgres:16')).toEqual(refused('container.create'));
    const [web, db] = [
      await container('--label', 'team=web'),
      await container('--label', 'team=db'),
    ];
    expect(await as('alice', 'exec', web, 'true')).toBe('yes');
    // The client looks at the container first.
    expect(await as('alice', 'exec', db, 'true')).toEqual(refused('container.inspect'));
    expect(await as('alice', 'cp', policyFile, `${web}:/`)).toEqual(
      refused('container.archive_put'),
    );
    expect(await as('carol', 'restart', web)).toBe('yes');
    expect(await as('carol', 'restart', db)).toEqual(refused('container.restart'));
  });

  it('ci.yaml: builds from its network, and pushes to its registry alone', async () => {
    await use('ci.yaml');
    expect(await as('ci-1', 'images')).toContain('no entry of "users" gives a role to "ci-1"');
    await use('ci.yaml', (text) => text.replace('10.30.0.0/24', '127.0.0.0/8'));
    expect(await as('ci-1', 'tag', IMAGE, 'registry.example.com/app')).toBe('yes');
    expect(await as('ci-1', 'push', 'evil.example/app')).toEqual(refused('image.push'));
    expect(await as('ci-1', 'push', IMAGE)).toEqual(refused('image.push'));
    expect(await as('ci-1', 'push', 'REGISTRY.example.com/app')).not.toContain('refused by policy');
    expect(await as('ci-1', 'create', IMAGE)).toEqual(refused('container.create'));
    await direct('rmi', 'registry.example.com/app');
  });

  it('monitoring.yaml: reads by name and by the role in the certificate', async () => {
    await use('monitoring.yaml');
    const name = await container();
    expect(await as('prometheus', 'inspect', name)).toBe('yes');
    expect(await as('grafana', 'inspect', name)).toBe('yes');
    expect(await as('grafana', 'stop', name)).toEqual(refused('container.stop'));
    expect(await as('eve', 'ps')).toContain('no entry of "users" gives a role to "eve"');
    expect(await as('support', 'logs', name)).toBe('yes');
    expect(await as('support', 'stop', name)).toEqual(refused('container.stop'));
    expect(await as('grafana', 'logs', name)).toEqual(refused('container.logs'));
  });

  it('trial.yaml: what would be refused passes', async () => {
    await use('trial.yaml');
    const name = await container();
    expect(await as('eve', 'exec', name, 'true')).toBe('yes');
    expect(await as('eve', 'rename', name, `${name}-new`)).toBe('yes');
    made.push(`${name}-new`);
  });
});
