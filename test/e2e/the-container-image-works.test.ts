import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneTo, REPOSITORY } from '../support/e2e/another-host.ts';
import type { Child, ChildOptions, Outcome } from '../support/e2e/child.ts';
import { baseImageOf, ContainerHost, OWN_SOCKET, SOCKET } from '../support/e2e/container-host.ts';
import { IDLE } from '../support/e2e/docker.ts';
import { blocksToRun } from '../support/e2e/quick-start.ts';
import { importStandInNode } from '../support/e2e/stand-in-node.ts';
import { endToEndGate } from '../support/e2e/suite.ts';
import { clientEnv, IMAGE } from '../support/e2e/world.ts';

const README = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
const GUIDE = readFileSync(join(REPOSITORY, 'docs/container.md'), 'utf8');
const NAME = 'docker.example.org';
const MB = 1_000_000;
/** Installs all dependencies, twice, and compiles: much for a busy machine. */
const BUILDING_MS = 300_000;
const CERTS = '/var/lib/dockgate/certs';
/** As docs/container.md has them. */
const HARDENED = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];

endToEndGate('the container image', (world) => {
  const clone = join(world.dir, 'image-clone');
  const client = join(world.dir, 'image-client');
  let host: ContainerHost;

  /** A command on the daemon's host. */
  const start = (command: readonly string[], options: ChildOptions = {}): Child =>
    host.start(command, { env: clientEnv(client, {}), cwd: clone, ...options });
  const run = (...command: string[]): Promise<Outcome> => start(command).outcome;
  const must = async (...command: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...command);
    expect(code, `${command.join(' ')}\n${stdout.toString()}${stderr}`).toBe(0);
    return stdout.toString();
  };
  /** A docker client on another host. */
  const remote = (args: readonly string[], port = 2376, options: ChildOptions = {}): Child => {
    const docker = { DOCKER_HOST: `tcp://${NAME}:${port}`, DOCKER_TLS_VERIFY: '1' };
    const path = { DOCKER_CERT_PATH: join(client, '.docker/dockgate') };
    return start(['docker', ...args], {
      env: clientEnv(client, { ...docker, ...path }),
      ...options,
    });
  };
  const dockgate = (options: readonly string[], ...command: string[]): Promise<Outcome> =>
    run('docker', 'run', '--rm', ...HARDENED, ...options, 'dockgate', ...command);
  const groupOfSocket = async (): Promise<string> =>
    (await must('stat', '-c', '%g', SOCKET)).trim();
  const untilListening = async (name: string): Promise<void> => {
    const logs = start(['docker', 'logs', '--follow', name]);
    await logs.waitFor(/"listening"/, 'stderr');
    await logs.end('SIGKILL');
  };
  const inspect = async (name: string, format: string): Promise<unknown> =>
    JSON.parse(await must('docker', 'inspect', '--format', `{{json ${format}}}`, name));

  /** The calls in a container's trail, and who made them. */
  const calls = async (name: string): Promise<string[]> => {
    const trail = await must('docker', 'exec', name, 'cat', '/var/lib/dockgate/logs/audit.jsonl');
    const lines = trail.trimEnd().split('\n');
    return lines.filter((line) => /"event":"(?:call|intent)"/.test(line));
  };

  beforeAll(async () => {
    cloneTo(clone);
    mkdirSync(join(client, '.docker'), { recursive: true });
    host = await ContainerHost.start(NAME);
    const { socket } = host.daemon;
    const env = clientEnv(client, { DOCKER_HOST: `unix://${socket}` });
    await importStandInNode('docker', env, baseImageOf(join(clone, 'Dockerfile')));
  });
  afterAll(() => host.remove());

  describe('is built and started by two commands of the README', () => {
    const blocks = blocksToRun(README, 'Quick start').filter(({ kind }) => kind === 'container');
    it('which stand there, and in the guide as well', () => {
      expect(blocks[0]?.script.trim().split('\n')).toHaveLength(2);
      for (const { script } of blocks) expect(GUIDE).toContain(script);
    });

    it.each(blocks)(
      '$script',
      async ({ script }) => {
        await must('bash', '-euc', script);
        await untilListening('dockgate');
      },
      BUILDING_MS,
    );

    it('and lets a client in who has what it made', async () => {
      cpSync(join(clone, 'dockgate-client'), join(client, '.docker/dockgate'), { recursive: true });
      const args = ['run', '--rm', '--interactive', IMAGE, 'sh', '-c', 'cat; exit 7'];
      const { code, stdout } = await remote(args, 2376, { stdin: { text: 'through it' } }).outcome;
      expect({ code, text: stdout.toString() }).toEqual({ code: 7, text: 'through it' });
    });

    it('and is well, by a check that leaves no call in the trail', async () => {
      const before = await calls('dockgate');
      const { Test: check } = (await inspect('dockgate', '.Config.Healthcheck')) as {
        Test: string[];
      };
      const said = await must('docker', 'exec', 'dockgate', ...check.slice(1));
      expect(said).toBe('gate 127.0.0.1:9376: ready\n');
      expect(before.length).toBeGreaterThan(0);
      expect(await calls('dockgate')).toEqual(before);
    });
  });

  it('holds the program in one piece, without packages, in less than 10 MB above its base', async () => {
    const size = async (image: string): Promise<number> =>
      Number(await must('docker', 'image', 'inspect', '--format', '{{.Size}}', image));
    const base = await size(baseImageOf(join(clone, 'Dockerfile')));
    const own = (await size('dockgate')) - base;
    expect(own).toBeGreaterThan(MB);
    expect(own).toBeLessThan(10 * MB);
    const list = async (directory: string): Promise<string[]> =>
      (await must('docker', 'exec', 'dockgate', 'ls', directory)).trim().split('\n');
    expect(await list('/opt/dockgate')).toEqual(['LICENSE', 'dist', 'package.json']);
    const built = ['THIRD-PARTY-NOTICES', 'main.js', 'parts'];
    expect(await list('/opt/dockgate/dist')).toEqual(built);
  });

  it('says what it is, runs as nobody who is root, and checks its health', async () => {
    const { version } = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8')) as {
      version: string;
    };
    const config = await inspect('dockgate', '.Config');
    expect(config).toMatchObject({
      User: '1000:1000',
      Healthcheck: { Test: ['CMD', 'dockgate', 'health'] },
      Volumes: { [CERTS]: {}, '/var/lib/dockgate/logs': {} },
      ExposedPorts: { '2376/tcp': {} },
      Labels: {
        'org.opencontainers.image.title': 'dockgate',
        'org.opencontainers.image.version': version,
        'org.opencontainers.image.licenses': 'MIT',
      },
    });
    expect(await inspect('dockgate', '.HostConfig')).toMatchObject({
      ...{ ReadonlyRootfs: true, CapDrop: ['ALL'], Init: true },
      SecurityOpt: ['no-new-privileges:true'],
    });
    const status = await must('docker', 'exec', 'dockgate', 'cat', '/proc/1/status');
    expect(status).toMatch(/^Uid:\s+1000\s+1000/m);
    expect(status).toMatch(/^CapEff:\s+0+$/m);
  });

  it('keeps its certificates and its trail when it is created anew', async () => {
    const ca = await must('docker', 'exec', 'dockgate', 'cat', `${CERTS}/ca.pem`);
    const compose = ['docker-compose', '--file', 'packaging/compose.yaml'];
    await must(...compose, 'down');
    await must(...compose, 'up', '--detach');
    await untilListening('dockgate');
    expect(await must('docker', 'exec', 'dockgate', 'cat', `${CERTS}/ca.pem`)).toBe(ca);
    expect((await remote(['ps']).outcome).code).toBe(0);
    const trail = await must('docker', 'exec', 'dockgate', 'dockgate', 'audit', 'verify', '--json');
    expect(JSON.parse(trail)).toMatchObject({ chains: [{ firstSeq: 1, gaps: 0 }] });
  });

  describe('works as the guide says, started by docker run', () => {
    const blocks = ['Or with docker run', 'What clients need'].flatMap((heading) =>
      blocksToRun(GUIDE, heading),
    );
    beforeAll(async () => {
      await must('docker', 'rm', '--force', 'dockgate');
    });
    it.each(blocks)('$script', async ({ script }) => {
      await must('bash', '-euc', script);
      await untilListening('dockgate');
    });
    it('and lets a client in', async () => {
      expect((await remote(['ps']).outcome).code).toBe(0);
    });
  });

  it('reaps what "docker exec" leaves behind', async () => {
    const leaving = 'sleep 0.2 & echo $!';
    const pid = (await must('docker', 'exec', 'dockgate', 'sh', '-c', leaving)).trim();
    // It ends as soon as there is no such process, a zombie neither.
    const waiting = `while [ -e /proc/${pid} ]; do sleep 0.05; done`;
    await must('docker', 'exec', 'dockgate', 'sh', '-c', waiting);
  });

  it('lets an exec that is under way end when it is stopped, and ends with code 0', async () => {
    await must('docker', 'run', '--detach', '--name', 'idle', IMAGE, ...IDLE);
    const exec = remote(['exec', '--interactive', 'idle', 'cat'], 2376, { stdin: 'open' });
    exec.stdin.write('before\n');
    await exec.waitFor(/before/);
    const logs = start(['docker', 'logs', '--follow', 'dockgate']);
    const stopping = run('docker', 'stop', 'dockgate');
    await logs.waitFor(/SIGTERM: stopping/, 'stderr');
    exec.stdin.end('after\n');
    expect((await exec.outcome).stdout.toString()).toBe('before\nafter\n');
    expect((await stopping).code).toBe(0);
    expect(await inspect('dockgate', '.State.ExitCode')).toBe(0);
    await must('docker', 'rm', '--force', 'idle', 'dockgate');
  });

  it('names the group of a socket that is closed to it, and what opens it', async () => {
    const socket = ['--volume', `${SOCKET}:${SOCKET}`];
    const group = await groupOfSocket();
    const { code, stderr } = await dockgate(socket);
    expect(code).toBe(1);
    const [problem, hint, ...more] = stderr.trimEnd().split('\n');
    expect(problem).toMatch(new RegExp(`^dockgate: .*${SOCKET} .* group ${group}\\b.* EACCES$`));
    const advice = /--group-add (\d+)/.exec(hint ?? '')?.[1];
    expect(advice).toBe(group);
    expect(more).toEqual([]);
  });

  it.each(['certs', 'logs'])('says what is wrong with %s that it may not write', async (what) => {
    const path = join(world.dir, `image-unwritable-${what}`);
    mkdirSync(path, { mode: 0o755 });
    const mounts = [
      '--volume',
      `${SOCKET}:${SOCKET}`,
      '--volume',
      `${path}:/var/lib/dockgate/${what}`,
    ];
    const outcome = await dockgate(['--group-add', await groupOfSocket(), ...mounts]);
    expect(outcome.code).toBe(1);
    const [problem, hint, ...more] = outcome.stderr.trimEnd().split('\n');
    expect(problem).toMatch(/^dockgate: .* cannot be written: EACCES$/);
    expect(hint).toMatch(/^hint: .*\b1000\b/);
    expect(more).toEqual([]);
  });

  it('finds a daemon that has been restarted by the directory of its socket, not by a lone socket', async () => {
    const group = await groupOfSocket();
    const serve = async (
      ...[name, port, mount, socket, ...options]: [string, number, string, string, ...string[]]
    ) => {
      await must(
        ...['docker', 'run', '--detach', '--name', name, ...HARDENED, '--group-add', group],
        ...['--publish', `${port}:2376`, '--volume', `${mount}:${mount}`],
        ...['--env', `DOCKGATE_DOCKER_HOST=unix://${socket}`, '--health-interval', '1s'],
        ...[...options, '--volume', 'dockgate-certs:/var/lib/dockgate/certs', 'dockgate'],
      );
      await untilListening(name);
    };
    const metrics = ['--env', 'DOCKGATE_METRICS=tcp://127.0.0.1:9376'];
    await serve('by-directory', 2377, '/run/dockgate-docker', OWN_SOCKET, ...metrics);
    await serve('by-socket', 2378, SOCKET, SOCKET);
    // It may have come already.
    const events = start(['docker', 'events', '--since', '1h', '--filter', 'event=health_status']);
    await events.waitFor(/health_status: healthy .*name=by-directory/);
    // The daemon has checked it, and by that nobody has called.
    expect(await calls('by-directory')).toEqual([]);
    expect((await remote(['ps'], 2378).outcome).code).toBe(0);

    await host.daemon.restart();
    expect(await remote(['ps'], 2377).outcome).toMatchObject({ code: 0, stderr: '' });
    const lost = await run('docker', 'exec', 'by-socket', 'dockgate', 'health');
    expect(lost.code).toBe(1);
    expect(lost.stderr).toMatch(
      /^dockgate: daemon: no answer at .*ECONNREFUSED\nhint: .*directory/,
    );
    expect((await run('docker', 'exec', 'by-directory', 'dockgate', 'health')).code).toBe(0);
  });

  it('is built by BuildKit as well', async () => {
    const env = clientEnv(client, { DOCKER_BUILDKIT: '1', DOCKER_HOST: `unix://${SOCKET}` });
    const args = ['build', '--quiet', '--target', 'dependencies', '.'];
    const built = start([world.clis[0].path, ...args], { env });
    const { code, stdout, stderr } = await built.outcome;
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(/^sha256:/);
  });
});
