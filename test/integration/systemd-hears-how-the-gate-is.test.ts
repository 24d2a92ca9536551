import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { builtProgram, startGateProcess, type GateProcess } from '../support/built-gate.ts';
import { startFakeDockerd, type FakeDockerd } from '../support/fake-dockerd.ts';
import { receiveNotices, whyNoNotices, type NoticeReceiver } from '../support/notify/receiver.ts';
import { createThrowawayCa } from '../support/throwaway-ca.ts';

const missing = whyNoNotices();
if (missing !== undefined) console.warn(`NOTICES TO SYSTEMD ARE NOT TESTED: ${missing}`);
const whereHeard = missing !== undefined && process.env['CI'] !== 'true' ? it.skip : it;

let dir: string;
let certsDir: string;
let daemon: FakeDockerd;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'dockgate-notices-'));
  certsDir = await (await createThrowawayCa()).writeCertsDir(join(dir, 'certs'));
  daemon = await startFakeDockerd();
});

afterAll(async () => {
  await daemon.dispose();
  rmSync(dir, { recursive: true, force: true });
});

describe('under systemd', () => {
  let notices: NoticeReceiver;
  let gate: GateProcess;

  afterEach(async () => {
    vi.unstubAllEnvs();
    await gate.stop('SIGKILL');
    notices.close();
  });

  async function start(env: Record<string, string>, ...args: string[]): Promise<void> {
    const own = mkdtempSync(join(dir, 'gate-'));
    notices = await receiveNotices(own);
    // As systemd does, in the environment of the gate.
    for (const [name, value] of Object.entries({ NOTIFY_SOCKET: notices.socket, ...env })) {
      vi.stubEnv(name, value);
    }
    gate = await startGateProcess({
      certsDir,
      socketPath: daemon.socketPath,
      auditLog: join(own, 'audit.jsonl'),
      args,
    });
  }

  whereHeard('the gate says when it is ready, reloads, and stops', async () => {
    await start({}, '--shutdown-timeout', '7');
    const listening = `STATUS=listening on tcp://127.0.0.1:${gate.port}`;
    expect(await notices.next()).toEqual(['READY=1', listening]);

    gate.child.kill('SIGHUP');
    expect(await notices.next()).toEqual([
      'RELOADING=1',
      expect.stringMatching(/^MONOTONIC_USEC=\d+$/),
    ]);
    const reloaded = /; reloaded 20\d\d-\S+Z \(SIGHUP\): accepted$/;
    expect((await notices.next())[0]).toMatch(reloaded);
    const [ready, status] = await notices.next();
    expect(ready).toBe('READY=1');
    expect(status?.startsWith(listening)).toBe(true);
    expect(status).toMatch(reloaded);

    const stopped = gate.stop('SIGTERM');
    expect(await notices.next()).toEqual([
      'STOPPING=1',
      'EXTEND_TIMEOUT_USEC=17000000',
      'STATUS=stopping, calls in flight may finish',
    ]);
    expect(await stopped).toBe(0);
  });

  whereHeard(
    'the gate says of a reload that was refused what is wrong, and is ready again',
    async () => {
      const policy = join(dir, 'policy.yaml');
      copyFileSync('packaging/examples/first.yaml', policy);
      await start({}, '--policy', policy);
      expect((await notices.next())[0]).toBe('READY=1');
      writeFileSync(policy, 'nonsense: 1\n');
      gate.child.kill('SIGHUP');
      let said = '';
      while (!said.startsWith('READY=1')) said = (await notices.next()).join(' ');
      expect(said).toMatch(/refused, the old stays in force: .*policy\.yaml:1/);
    },
  );

  whereHeard(
    'the gate tells the watchdog that it lives, but not while its event loop stands',
    async () => {
      await start({ WATCHDOG_USEC: '400000' });
      expect((await notices.next())[0]).toBe('READY=1');
      for (let time = 0; time < 3; time += 1) expect(await notices.next()).toEqual(['WATCHDOG=1']);
      gate.child.kill('SIGSTOP');
      // What was on its way may arrive, and nothing else: so the next but one is that of the gate that goes on.
      const late = Promise.all([notices.next(), notices.next()]);
      let arrived = false;
      void late.then(() => (arrived = true));
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect(arrived).toBe(false);
      gate.child.kill('SIGCONT');
      await late;
    },
  );
});

describe('a daemon whose socket the gate may not use', () => {
  const asRoot = process.getuid?.() === 0 ? it : it.skip;

  asRoot('is named with its group in one line, with one hint', () => {
    const own = mkdtempSync(join(tmpdir(), 'dockgate-group-'));
    chmodSync(own, 0o777);
    chmodSync(dirname(daemon.socketPath), 0o711);
    chownSync(daemon.socketPath, 0, 4242);
    chmodSync(daemon.socketPath, 0o660);
    const program = builtProgram();
    const { status, stderr } = spawnSync(
      'setpriv',
      [
        ...['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, program, 'serve'],
        ...['--init', '-H', 'tcp://127.0.0.1:0', '--docker-host', `unix://${daemon.socketPath}`],
      ],
      { cwd: own, encoding: 'utf8', timeout: 20_000 },
    );
    rmSync(own, { recursive: true });
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(
        /^dockgate: --docker-host unix:\S+ belongs to root and group 4242, mode 0660, and is closed to \S+ \(groups .*\): EACCES$/,
      ),
      expect.stringMatching(/^hint: .* SupplementaryGroups=4242\)$/),
    ]);
    // Not 2: a service that was quicker than who gives the socket its group is started again.
    expect(status).toBe(1);
  });
});
