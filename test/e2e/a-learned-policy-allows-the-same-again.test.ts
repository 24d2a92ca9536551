import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mustRun } from '../support/e2e/child.ts';
import { docker, unique } from '../support/e2e/docker.ts';
import { Gate, PROGRAM } from '../support/e2e/gate.ts';
import { endToEndGate } from '../support/e2e/suite.ts';
import { IMAGE, tlsEndpoint } from '../support/e2e/world.ts';

/** What was seen under a policy that allows everything is learned, put in force, and done again. */
endToEndGate('a learned policy', (world) => {
  const certs = join(world.dir, unique('learn-certs'));
  const auditLog = join(world.dir, unique('learn-audit.jsonl'));
  const policyFile = join(world.dir, unique('learn.yaml'));
  const context = join(world.dir, unique('learn-context'));
  const [web, other, volume, network] = ['web', 'other', 'data', 'back'].map(unique) as [
    string,
    string,
    string,
    string,
  ];
  const tag = `learned-${web}:1`;
  let gate: Gate;

  const direct = (...args: readonly string[]): Promise<string> =>
    mustRun(world.clis[0].path, args, { env: world.direct.env });

  /** A day at work, in the order in which it can be done again and again. */
  const DAY: readonly (readonly string[])[] = [
    ['ps'],
    ['volume', 'create', volume],
    ['network', 'create', network],
    ['run', '--rm', '--network', 'none', IMAGE, 'echo', 'unnamed'],
    [
      ...['run', '--detach', '--name', web, '--network', 'none', '--stop-timeout', '0'],
      ...['--volume', `${context}:/ctx:ro`, '--volume', `${volume}:/data`, '--label', 'a=b'],
      ...['--publish', '127.0.0.1:8765:80', '--cap-add', 'NET_ADMIN', '--restart', 'always'],
      ...['--security-opt', 'seccomp=unconfined', '--add-host', 'db:192.0.2.1', '--pid', 'host'],
      ...['--log-opt', 'max-size=1m', '--ulimit', 'nofile=64', '--sysctl', 'kernel.msgmax=8192'],
      ...[IMAGE, 'sleep', '1000'],
    ],
    ['exec', web, 'true'],
    ['exec', '--privileged', web, 'true'],
    ['logs', web],
    ['inspect', web],
    ['top', web],
    ['cp', join(context, 'Dockerfile'), `${web}:/tmp/x`],
    ['rename', web, `${web}-2`],
    ['rename', `${web}-2`, web],
    ['stop', web],
    ['rm', web],
    ['network', 'rm', network],
    ['volume', 'rm', volume],
    ['build', '--tag', tag, context],
    ['tag', tag, `${tag}-again`],
    ['rmi', tag, `${tag}-again`],
  ];

  const REFUSED: readonly (readonly [action: string, ...args: string[]])[] = [
    ['container.create', 'run', '--rm', '--network', 'none', '--privileged', IMAGE, 'true'],
    ['container.create', 'run', '--rm', '--network', 'none', '--volume', '/:/x', IMAGE, 'true'],
    ['container.create', 'run', '--rm', '--network', 'host', IMAGE, 'true'],
    ['container.create', 'run', '--rm', '--network', 'none', '--cap-add', 'ALL', IMAGE, 'true'],
    ['container.create', 'run', '--rm', '--network', 'none', '--publish', '81:80', IMAGE, 'true'],
    ['container.create', 'create', '--pull', 'never', `${IMAGE}-not`],
    ['container.pause', 'pause', other],
    ['volume.create', 'volume', 'create', `${volume}-2`],
    ['network.create', 'network', 'create', `${network}-2`],
    ['image.build', 'build', '--tag', 'stranger', context],
    ['system.df', 'system', 'df'],
  ];

  beforeAll(async () => {
    mkdirSync(context);
    writeFileSync(join(context, 'Dockerfile'), `FROM ${IMAGE}\nLABEL a=b\n`);
    writeFileSync(policyFile, 'users: [{ user: "*", roles: [admin] }]\n');
    const args = ['--policy', policyFile, '--client', 'alice', '--client', 'bob'];
    gate = await Gate.start({ certs, socket: world.socket, auditLog, home: world.home, args });
    await direct('create', '--name', other, '--network', 'none', IMAGE, 'true');
  });
  afterAll(async () => {
    await gate.stop();
    await direct('rm', '--force', other);
  });

  async function as(user: string, cli: (typeof world.clis)[number], args: readonly string[]) {
    const { env, ...endpoint } = tlsEndpoint(
      'dockgate',
      gate.port,
      join(certs, 'clients', user),
      world.home,
    );
    const classic = { ...endpoint, env: { ...env, DOCKER_BUILDKIT: '0' } };
    const { code, stderr } = await docker(cli, classic, args);
    return code === 0 ? 'yes' : stderr;
  }

  /** Whether a kernel gives an exec all capabilities is not the gate's to say. */
  const expectedOf = (args: readonly string[]): unknown =>
    args.includes('--privileged') ? expect.not.stringContaining('refused by policy') : 'yes';

  const nameOf = (args: readonly string[]): string => args.join(' ');

  describe.each(world.clis.map((cli) => [cli.version, cli] as const))('of docker %s', (_, cli) => {
    it('allows all of it again, and no more', async () => {
      writeFileSync(policyFile, 'users: [{ user: "*", roles: [admin] }]\n');
      await reload();
      for (const args of DAY)
        expect(await as('alice', cli, args), nameOf(args)).toEqual(expectedOf(args));
      const learned = await mustRun(
        process.execPath,
        [PROGRAM, 'policy', 'learn', '--from', auditLog, '--user', 'alice'],
        { env: world.direct.env },
      );
      expect(learned).not.toContain('Look here');
      writeFileSync(policyFile, `${learned}\n`);
      await reload();
      for (const args of DAY)
        expect(await as('alice', cli, args), nameOf(args)).toEqual(expectedOf(args));
      for (const [action, ...args] of REFUSED) {
        const refusal = `refused by policy: ${action} is`;
        expect(await as('alice', cli, args), nameOf(args)).toContain(refusal);
      }
      expect(await as('bob', cli, ['ps'])).toContain('no entry of "users" gives a role to "bob"');
    });
  });

  async function reload(): Promise<void> {
    const before = gate.child.text('stderr').length;
    process.kill(gate.child.pid, 'SIGHUP');
    await gate.child.waitFor(
      new RegExp(`^[^]{${before},}"cause":"SIGHUP"[^\\n]*reloaded the policy`),
      'stderr',
    );
  }
});
