import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { background, docker, IDLE, unique } from '../support/e2e/docker.ts';
import { mustRun } from '../support/e2e/child.ts';
import { Gate } from '../support/e2e/gate.ts';
import { endToEndGate } from '../support/e2e/suite.ts';
import { IMAGE, tlsEndpoint, type Endpoint } from '../support/e2e/world.ts';

const POLICY = `
users:
  - { user: olga, roles: [restarter] }
  - { user: dan, roles: [shipper] }
  - { user: nina, roles: [by-name] }
roles:
  restarter:
    allow:
      - meta
      - actions: [container.list, container.inspect, container.stop, container.start, container.restart, container.logs]
        containers: { labels: { app: shop } }
  by-name:
    allow:
      - meta
      - actions: [container.list, system.events, volume.list, network.list]
        containers: { names: [seen-*] }
        volumes: [seen-*]
        networks: [seen-*]
  shipper:
    inherits: [deployer]
    allow: ['container.attach', 'exec.*']
    constraints: { networks: ['*'], images: ['${IMAGE.split(':')[0] ?? ''}'], features: [auto-remove] }
`;

endToEndGate('a policy before a real daemon', (world) => {
  const [cli] = world.clis;
  const certs = join(world.dir, unique('policy-certs'));
  const policyFile = join(world.dir, unique('policy.yaml'));
  let gate: Gate;
  let olga: Endpoint;
  let dan: Endpoint;
  let eve: Endpoint;
  let nina: Endpoint;

  beforeAll(async () => {
    writeFileSync(policyFile, POLICY);
    gate = await Gate.start({
      certs,
      socket: world.socket,
      auditLog: join(world.dir, unique('policy-audit.jsonl')),
      home: world.home,
      args: [
        '--policy',
        policyFile,
        '--client',
        'olga',
        '--client',
        'dan',
        '--client',
        'eve',
        '--client',
        'nina',
      ],
    });
    const user = (name: string): Endpoint =>
      tlsEndpoint('dockgate', gate.port, join(certs, 'clients', name), world.home);
    [olga, dan, eve, nina] = [user('olga'), user('dan'), user('eve'), user('nina')];
  });
  afterAll(async () => {
    await gate.stop();
  });

  const run = async (endpoint: Endpoint, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await docker(cli, endpoint, args);
    return { code, stdout: stdout.toString().trim(), stderr };
  };

  describe('an operator of one application', () => {
    it('restarts its containers by name and by the beginning of the id, and no others', async () => {
      const mine = await background(world, IDLE, ['--label', 'app=shop', '--stop-timeout', '0']);
      const other = await background(world, IDLE, ['--label', 'app=bank']);
      const id = await mustRun(cli.path, ['inspect', '--format', '{{.Id}}', mine], {
        env: world.direct.env,
      });
      for (const reference of [mine, id.slice(0, 7)]) {
        expect(await run(olga, 'restart', '--time', '0', reference)).toMatchObject({
          code: 0,
          stdout: reference,
        });
      }
      const refused = await run(olga, 'restart', other);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('refused by policy: container.restart is refused');
      expect((await run(olga, 'rm', '--force', mine)).stderr).toContain('container.remove');
      expect((await run(olga, 'exec', mine, 'id')).stderr).toContain('exec.create');
      const listed = await run(olga, 'ps', '--format', '{{.Names}}');
      expect(listed.stdout.split('\n')).toEqual([mine]);
    });

    it('hears of a container that is not there what the daemon says', async () => {
      const { code, stderr } = await run(olga, 'stop', 'nowhere');
      expect({ code, stderr: stderr.trim() }).toEqual({
        code: 1,
        stderr: 'Error response from daemon: No such container: nowhere',
      });
    });
  });

  describe('a deployer', () => {
    const RUN = ['run', '--rm', '--network', 'none', '--pull', 'never'] as const;

    it('runs plain containers of its image, attached', async () => {
      expect(await run(dan, ...RUN, IMAGE, 'echo', 'hello')).toMatchObject({
        code: 0,
        stdout: 'hello',
      });
    });

    it.each([
      ['privileged', ['--privileged'], 'HostConfig.Privileged'],
      ['a bind of the host', ['--volume', '/:/host'], 'HostConfig.Binds'],
      ['a capability', ['--cap-add', 'sys_admin'], 'HostConfig.CapAdd'],
      ['the PIDs of the host', ['--pid', 'host'], 'HostConfig.PidMode'],
      ['no seccomp', ['--security-opt', 'seccomp=unconfined'], 'HostConfig.SecurityOpt'],
    ])('is told why it may not have %s', async (_, options, field) => {
      const { code, stderr } = await run(dan, ...RUN, ...options, IMAGE, 'true');
      expect(code).toBe(125);
      expect(stderr).toContain('refused by policy: container.create is refused');
      expect(stderr).toContain(field);
    });

    it('runs commands in containers, but none that is privileged', async () => {
      const name = await background(world, IDLE);
      expect(await run(dan, 'exec', name, 'echo', 'inside')).toMatchObject({ stdout: 'inside' });
      const { code, stderr } = await run(dan, 'exec', '--privileged', name, 'true');
      expect(code).not.toBe(0);
      expect(stderr).toContain('refused by policy: exec.create is refused');
    });
  });

  it('narrows a list so that no filter of the client shows more', async () => {
    const mine = unique('seen');
    const more = ['--network', 'none', '--name', mine, IMAGE, ...IDLE];
    await mustRun(cli.path, ['run', '--detach', ...more], { env: world.direct.env });
    const other = await background(world, IDLE, ['--volume', 'of-other:/x', '--label', 'a=b']);
    await mustRun(cli.path, ['volume', 'create', `${mine}-data`], { env: world.direct.env });
    const names = async (...filters: readonly string[]): Promise<string> => {
      const options = filters.flatMap((filter) => ['--filter', filter]);
      const { stdout, stderr } = await run(
        nina,
        'ps',
        '--all',
        '--format',
        '{{.Names}}',
        ...options,
      );
      return stdout + stderr;
    };
    expect(await names()).toBe(mine);
    expect(await names('status=running')).toBe(mine);
    const inspected = ['inspect', '--format', '{{.Id}}', other];
    const id = await mustRun(cli.path, inspected, { env: world.direct.env });
    for (const filter of [`id=${id}`, `since=${mine}`, 'volume=of-other', 'label=a=b']) {
      expect(await names(filter), filter).toBe('');
    }
    expect(await names(`id=${id}`, 'status=running')).toBe('');
    expect(await names(`name=${other}`)).toContain('has a filter "name" of its own');
    const volumes = await run(nina, 'volume', 'ls', '--format', '{{.Name}}');
    expect(volumes.stdout).toBe(`${mine}-data`);
    expect((await run(nina, 'network', 'ls', '--format', '{{.Name}}')).stdout).toBe('');
    await mustRun(cli.path, ['volume', 'rm', `${mine}-data`], { env: world.direct.env });
  });

  it('gives nothing to a user that it does not know', async () => {
    const { code, stderr } = await run(eve, 'ps');
    expect(code).toBe(1);
    expect(stderr).toContain('no entry of "users" gives a role to "eve"');
  });

  it('is read again on SIGHUP, and the gate goes on', async () => {
    const reloaded = gate.child.waitFor(/"cause":"SIGHUP".*reloaded the policy/, 'stderr');
    writeFileSync(policyFile, POLICY.replace('user: olga', 'user: eve'));
    process.kill(gate.child.pid, 'SIGHUP');
    await reloaded;
    expect(await run(eve, 'ps')).toMatchObject({ code: 0 });
    expect(await run(olga, 'ps')).toMatchObject({ code: 1 });
  });
});
