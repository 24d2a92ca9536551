import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { PrivateDockerd } from '../private-dockerd.ts';
import { OpensslAuthority } from './authority.ts';
import { importBusybox } from './busybox.ts';
import { Gate, PROGRAM } from './gate.ts';
import { dockerClis, freePort, PYTHON, versionOf, whyNoEndToEnd } from './machine.ts';
import { IMAGE, tlsEndpoint, unixEndpoint, type Cli, type World } from './world.ts';

type Undo = () => unknown;

/** Starts the one daemon and the one front that all end-to-end tests share. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const undo: Undo[] = [];
  const tearDown = async (): Promise<void> => {
    for (const step of undo.reverse()) await step();
  };
  const missing = whyNoEndToEnd() ?? whyNoFront();
  if (missing !== undefined) {
    const verdict = process.env['CI'] === 'true' || missing === NOT_BUILT ? 'fail' : 'skip';
    console.warn(`\nEND-TO-END TESTS DO NOT RUN (${verdict}): ${missing}\n`);
    project.provide('setting', { missing, verdict });
    return tearDown;
  }
  try {
    project.provide('setting', { world: await createWorld(undo) });
  } catch (cause) {
    await tearDown();
    throw cause;
  }
  return tearDown;
}

const NOT_BUILT = `${PROGRAM} is missing: run npm run build`;
const FRONT: World['frontKind'] =
  process.env['DOCKGATE_E2E_FRONT'] === 'dockerd' ? 'dockerd' : 'dockgate';

function whyNoFront(): string | undefined {
  return FRONT === 'dockerd' || existsSync(PROGRAM) ? undefined : NOT_BUILT;
}

async function createWorld(undo: Undo[]): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'dockgate-e2e-'));
  undo.push(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  const home = join(dir, 'home');
  mkdirSync(home);
  const front = FRONT === 'dockerd' ? await ownTls(dir, home) : undefined;
  const daemon = new PrivateDockerd(front?.flags);
  undo.push(() => daemon.remove());
  await daemon.start();
  const clis = presentClis();
  const direct = unixEndpoint(daemon.socket, home);
  await importBusybox(clis[0].path, direct.env, IMAGE);
  const auditLog = FRONT === 'dockerd' ? '' : join(dir, 'audit.jsonl');
  const served = front ?? (await serveGate(dir, home, daemon.socket, auditLog, undo));
  return {
    ...{ frontKind: FRONT, direct, clis, dir, home, auditLog },
    ...{ front: served.endpoint, authority: served.authority },
    ...{ socket: daemon.socket, daemonLog: daemon.logFile },
  };
}

/** The front under test: the gate. */
async function serveGate(
  dir: string,
  home: string,
  socket: string,
  auditLog: string,
  undo: Undo[],
): Promise<Pick<World, 'authority'> & { endpoint: World['front'] }> {
  const certs = join(dir, 'certs');
  const gate = await Gate.start({ certs, socket, auditLog, home });
  undo.push(() => gate.stop());
  const authority = { certificate: join(certs, 'ca.pem'), key: join(certs, 'ca-key.pem') };
  return { endpoint: gate.endpoint, authority };
}

/** The front that shows whether a test is right: the daemon's own mutual TLS. */
async function ownTls(
  dir: string,
  home: string,
): Promise<Pick<World, 'authority'> & { endpoint: World['front']; flags: string[] }> {
  const authority = await OpensslAuthority.create(join(dir, 'authority'));
  const san = 'IP:127.0.0.1,DNS:localhost';
  const server = await authority.issue(join(dir, 'server'), 'server', { usage: 'serverAuth', san });
  const admin = await authority.issue(join(dir, 'admin'), 'admin', { usage: 'clientAuth' });
  const port = await freePort();
  const files = ['ca', 'cert', 'key'].map((name) => `--tls${name}=${join(server, `${name}.pem`)}`);
  return {
    endpoint: tlsEndpoint('dockerd', port, admin, home),
    authority: { certificate: authority.certificate, key: authority.key },
    flags: ['-H', `tcp://127.0.0.1:${port}`, '--tlsverify', ...files.map(asDockerdFlag)],
  };
}

const asDockerdFlag = (flag: string): string => flag.replace('--tlsca=', '--tlscacert=');

function presentClis(): World['clis'] {
  const [first, ...others] = dockerClis();
  if (!first) throw new Error('no docker client');
  printVersions([first, ...others]);
  return [first, ...others];
}

function printVersions(clis: readonly Cli[]): void {
  const pythonVersion = versionOf(PYTHON, ['-c', 'import docker; print(docker.__version__)']);
  console.log(
    [
      `\nend-to-end: clients through ${FRONT}'s mutual TLS, compared with the unix socket`,
      `  node ${process.version}, dockerd ${versionOf('dockerd', ['--version'])}`,
      ...clis.map(({ path, version }) => `  docker ${version} (${path})`),
      `  docker-py ${pythonVersion}, docker-compose ${versionOf('docker-compose', ['version'])}\n`,
    ].join('\n'),
  );
}
