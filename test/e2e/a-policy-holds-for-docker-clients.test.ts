import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { background, docker, IDLE, unique, untilSaid } from '../support/e2e/docker.ts';
import { mustRun } from '../support/e2e/child.ts';
import { Gate } from '../support/e2e/gate.ts';
import { endToEndGate } from '../support/e2e/suite.ts';
import { IMAGE, tlsEndpoint, type Endpoint } from '../support/e2e/world.ts';

const POLICY = `
users:
  - { user: olga, roles: [restarter] }
  - { user: dan, roles: [shipper] }
  - { user: nina, roles: [by-name] }
  - { user: dora, roles: [deployer] }
  - { user: oscar, roles: [operator] }
  - { user: ci, roles: [ci-builder] }
  - { user: gustav, roles: [committer] }
roles:
  committer:
    allow: [meta, container.create, image.import, image.commit, image.inspect]
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
        ...['--policy', policyFile],
        ...['olga', 'dan', 'eve', 'nina', 'dora', 'oscar', 'ci', 'gustav'].flatMap((user) => [
          '--client',
          user,
        ]),
      ],
    });
    const user = (name: string): Endpoint =>
      tlsEndpoint('dockgate', gate.port, join(certs, 'clients', name), world.home);
    [olga, dan, eve, nina] = [user('olga'), user('dan'), user('eve'), user('nina')];
  });
  afterAll(async () => {
    await gate.stop();
  });

  const as = (name: string, by = cli) => {
    const endpoint = tlsEndpoint('dockgate', gate.port, join(certs, 'clients', name), world.home);
    return async (...args: readonly string[]) => {
      const env = { ...endpoint.env, DOCKER_BUILDKIT: '0' };
      const { code, stdout, stderr } = await docker(by, { ...endpoint, env }, args);
      return { code, stdout: stdout.toString(), stderr };
    };
  };

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

  describe.each(world.clis.map((by) => [by.version, by] as const))(
    'the presets, with docker %s,',
    (_, by) => {
      it('run what a deployer runs, in whole, and say why not to the rest', async () => {
        const dora = as('dora', by);
        const plain = ['run', '--rm', '--network', 'none', IMAGE] as const;
        expect(await dora(...plain, 'echo', 'hello')).toMatchObject({ code: 0, stdout: 'hello\n' });
        const interactive = await dora('run', '-i', ...plain.slice(1), 'cat');
        expect(interactive.code).toBe(125);
        expect(interactive.stderr).toContain('stdin: its standard input may not be attached');
        const name = unique('deployed');
        expect(await dora('create', '--name', name, ...plain.slice(2), 'true')).toMatchObject({
          code: 0,
        });
        expect(await dora('start', '--attach', name)).toMatchObject({ code: 0 });
        expect((await dora('exec', name, 'true')).stderr).toContain('exec.create is not allowed');
        expect(await dora('rm', name)).toMatchObject({ code: 0 });
      });

      it('let an operator read logs and restart', async () => {
        const oscar = as('oscar', by);
        const name = await background(
          world,
          ['sh', '-c', 'echo started; sleep 1000000'],
          [...['--stop-timeout', '0']],
        );
        await untilSaid(world, name, /started/);
        expect(await oscar('logs', name)).toMatchObject({ code: 0, stdout: 'started\n' });
        expect(await oscar('restart', name)).toMatchObject({ code: 0 });
        expect((await oscar('rm', '--force', name)).stderr).toContain('container.remove is not');
      });

      it('let a builder build and tag, and run nothing', async () => {
        const ci = as('ci', by);
        const tag = unique('built');
        const context = mkdtempSync(join(world.dir, 'context-'));
        writeFileSync(join(context, 'Dockerfile'), `FROM ${IMAGE}\nLABEL a=b\n`);
        expect(await ci('build', '--tag', tag, context)).toMatchObject({ code: 0 });
        expect(await ci('tag', tag, `${tag}:2`)).toMatchObject({ code: 0 });
        expect((await ci('create', tag)).stderr).toContain('container.create is not allowed');
        await mustRun(cli.path, ['rmi', tag, `${tag}:2`], { env: world.direct.env });
      });
    },
  );

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

  it('makes no container of an image that asks for devices, nor such an image', async () => {
    const gustav = as('gustav');
    const [wants, plain] = [unique('wants'), unique('plain')];
    const archive = join(world.dir, `${wants}.tar`);
    await mustRun('tar', ['--create', '--file', archive, '--files-from', '/dev/null']);
    const direct = { env: world.direct.env };
    const variable = 'ENV A=1 NVIDIA_VISIBLE_DEVICES=all';
    await mustRun(cli.path, ['import', '--change', variable, archive, wants], direct);

    const create = ['create', '--network', 'none'];
    const refused = await gustav(...create, wants, 'true');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('asks for devices by its variable "NVIDIA_VISIBLE_DEVICES"');
    const none = ['--env', 'NVIDIA_VISIBLE_DEVICES=void'];
    const made = await gustav(...create, ...none, wants, 'true');
    expect(made).toMatchObject({ code: 0 });
    const env = ['inspect', '--format', '{{.Config.Env}}', made.stdout.trim()];
    expect(await mustRun(cli.path, env, direct)).toContain('[NVIDIA_VISIBLE_DEVICES=void A=1]');

    for (const changes of [
      [variable],
      ['env A=1 \\', 'NVIDIA_VISIBLE_DEVICES=all'],
      ['ENV N"V"IDIA_X=1'],
    ]) {
      const options = changes.flatMap((change) => ['--change', change]);
      for (const command of [
        ['import', ...options, archive, plain],
        ['commit', ...options, made.stdout.trim(), plain],
      ]) {
        const { code, stderr } = await gustav(...command);
        expect({ code, stderr }).toEqual({
          code: 1,
          stderr: expect.stringContaining('is not known to ask for no devices') as unknown,
        });
      }
    }
    const harmless = ['--change', 'ENV A=1 B="x y"', '--change', 'CMD ["true"]'];
    expect(await gustav('import', ...harmless, archive, plain)).toMatchObject({ code: 0 });
    expect(await gustav(...create, plain)).toMatchObject({ code: 0 });
    const missing = await gustav(...create, '--pull', 'never', 'nowhere/nothing:1', 'true');
    expect(missing.stderr).toContain('No such image: nowhere/nothing:1');
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
