import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { accessSync, constants } from 'node:fs';
import Docker from 'dockerode';
import { afterEach, describe, expect, it } from 'vitest';
import { endAllChildren, mustRun, run } from '../support/e2e/child.ts';
import { DAEMON_HEADERS } from '../support/fake/daemon-call.ts';
import { useGate, type TestGate } from '../support/gate.ts';

const start = useGate();
const directories: string[] = [];

afterEach(async () => {
  await endAllChildren();
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
});

/** What a client asks before anything else, and a list of one container. */
function behaveAsDaemon({ daemon }: TestGate): void {
  daemon.on('HEAD /_ping', (call) => call.answer(200, DAEMON_HEADERS));
  daemon.on('GET /_ping', (call) => call.answer(200, DAEMON_HEADERS, 'OK'));
  daemon.on('GET /version', (call) => call.json(200, { Version: '29.0.0', ApiVersion: '1.41' }));
  daemon.on('GET /containers/json', (call) =>
    call.json(200, [{ Id: 'c0ffee', Names: ['/web'], Image: 'x', Ports: [], Labels: {} }]),
  );
}

function dockerCli(): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((dir) => join(dir, 'docker'));
  return places.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const CLI = dockerCli();
const isCi = process.env['CI'] === 'true';
const withCli = it.skipIf(CLI === undefined && !isCi);
const why = CLI === undefined ? ' (skipped: no docker on PATH)' : '';

/** Runs the CLI with a configuration of its own, and nothing of this machine's. */
function docker(home: string, ...args: readonly string[]) {
  const env = { HOME: home, DOCKER_CONFIG: home, PATH: process.env['PATH'] ?? '' };
  return run(CLI ?? 'docker', args, { env });
}

async function newHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'dockgate-cli-'));
  directories.push(home);
  return home;
}

/** A context as a tar: exactly meta.json and tls/docker/*.pem, which is all that import takes. */
async function contextTar({ ca, alice, port }: TestGate, dir: string): Promise<string> {
  const files = join(dir, 'files');
  const tls = join(files, 'tls', 'docker');
  await mkdir(tls, { recursive: true });
  const endpoint = { Host: `tcp://127.0.0.1:${port}`, SkipTLSVerify: false };
  const meta = { Name: 'other', Metadata: {}, Endpoints: { docker: endpoint } };
  await writeFile(join(files, 'meta.json'), JSON.stringify(meta));
  await writeFile(join(tls, 'ca.pem'), ca.cert);
  await writeFile(join(tls, 'cert.pem'), alice.cert);
  await writeFile(join(tls, 'key.pem'), alice.key, { mode: 0o600 });
  const tar = join(dir, 'context.tar');
  const names = ['ca', 'cert', 'key'].map((name) => `tls/docker/${name}.pem`);
  await mustRun('tar', ['-cf', tar, '-C', files, 'meta.json', ...names]);
  return tar;
}

describe('OPS-001', () => {
  withCli(
    `OPS-001: a context that is imported from a tar lists what the daemon has${why}`,
    async () => {
      const gate = await start();
      behaveAsDaemon(gate);
      const home = await newHome();
      const imported = await docker(
        home,
        'context',
        'import',
        'gate',
        await contextTar(gate, home),
      );
      expect(imported).toMatchObject({ code: 0 });

      const listed = await docker(home, '--context', 'gate', 'ps', '--format', '{{.Names}}');
      expect(listed).toMatchObject({ code: 0, stderr: '' });
      expect(listed.stdout.toString()).toBe('web\n');
      expect(
        gate.audit.having({ event: 'call', action: 'container.list', user: 'alice' }),
      ).toHaveLength(1);
    },
  );

  withCli(`OPS-001: a context without its key is told why it is refused${why}`, async () => {
    const gate = await start();
    const home = await newHome();
    await writeFile(join(home, 'ca.pem'), gate.ca.cert);
    const endpoint = `host=tcp://127.0.0.1:${gate.port},ca=${join(home, 'ca.pem')}`;
    await docker(home, 'context', 'create', 'keyless', '--docker', endpoint);
    const listed = await docker(home, '--context', 'keyless', 'ps');
    expect(listed.code).not.toBe(0);
    expect(listed.stderr).toContain('access refused: no client certificate');
    expect(gate.daemon.connections.all).toHaveLength(0);
  });
});

describe('OPS-002', () => {
  const clientOf = ({ port, ca, alice }: TestGate): Docker =>
    new Docker({
      host: '127.0.0.1',
      port,
      protocol: 'https',
      ca: ca.cert,
      cert: alice.cert,
      key: alice.key,
      version: 'v1.41',
    });

  it('OPS-002: dockerode sends input to an exec and reads its output through a hijack', async () => {
    const gate = await start();
    gate.daemon.on('POST /exec/e1/start', async (call) => {
      await call.body.readAll();
      const container = await call.hijack('raw-stream');
      const input = await container.readAll();
      await container.write(input.toString().toUpperCase());
      container.end();
    });
    const exec = clientOf(gate).getExec('e1');
    const stream = await exec.start({ hijack: true, stdin: true, Tty: true });
    const output: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => output.push(chunk));
    const ended = new Promise((resolve) => stream.once('end', resolve));
    stream.end('abc');
    await ended;
    expect(Buffer.concat(output).toString()).toBe('ABC');
    expect(await gate.audit.next({ event: 'call' })).toMatchObject({
      action: 'exec.start',
      end: 'complete',
    });
  });

  it('OPS-002: dockerode hears each event as it comes', async () => {
    const gate = await start();
    const asked = clientOf(gate).getEvents();
    const call = await gate.daemon.nextCall('GET /events');
    await call.start('chunked', { headers: [['Content-Type', 'application/json']] });
    const events = await asked;
    const first = new Promise<Buffer>((resolve) => events.once('data', resolve));
    await call.write('{"Type":"container"}\n');
    expect((await first).toString()).toBe('{"Type":"container"}\n');
    (events as unknown as { destroy(): void }).destroy();
    await call.connection.closed;
  });

  withCli(
    `OPS-002: docker logs -f prints what comes and ends with the daemon’s answer${why}`,
    async () => {
      const gate = await start();
      behaveAsDaemon(gate);
      gate.daemon.on('GET /containers/web/json', (call) =>
        call.json(200, { Id: 'web', Config: { Tty: true } }),
      );
      gate.daemon.on('GET /containers/web/logs', async (call) => {
        await call.start('chunked');
        await call.write('one line\n');
        await call.end();
      });
      const home = await newHome();
      await docker(home, 'context', 'import', 'gate', await contextTar(gate, home));
      const logs = await docker(home, '--context', 'gate', 'logs', '-f', 'web');
      expect(logs).toMatchObject({ code: 0, stderr: '' });
      expect(logs.stdout.toString()).toBe('one line\n');
    },
  );
});
