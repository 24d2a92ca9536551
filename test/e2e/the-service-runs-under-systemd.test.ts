import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemdHost, whyNoSystemd } from '../support/e2e/systemd-host.ts';
import { endToEndGate } from '../support/e2e/suite.ts';

interface Status {
  readonly active: string;
  readonly enabled: string;
  readonly pid: number;
  readonly restarts: number;
  readonly listening: readonly string[];
  readonly socket: string;
  readonly lastReload?: { readonly cause: string; readonly refused?: string };
}

const ADMIN = '/var/lib/dockgate/certs/clients/admin';
const DOCKER = [
  ...['docker', '-H', 'tcp://localhost:2376', '--tlsverify', '--tlscacert', `${ADMIN}/ca.pem`],
  ...['--tlscert', `${ADMIN}/cert.pem`, '--tlskey', `${ADMIN}/key.pem`],
];

const missing = whyNoSystemd();
const isTested = missing === undefined || process.env['CI'] === 'true';
if (!isTested) console.warn(`THE SERVICE IS NOT TESTED: ${missing}`);

endToEndGate('the service', (world) => {
  if (!isTested) {
    it.skip(`does not run here: ${missing}`);
    return;
  }
  let host: SystemdHost;

  beforeAll(async () => {
    host = await SystemdHost.start(world);
  });

  afterAll(() => host.remove());

  async function status(): Promise<Status> {
    const { stdout } = await host.dockgate('service', 'status', '--json');
    return JSON.parse(stdout.toString()) as Status;
  }

  const isUp = async (restarts: number): Promise<boolean> => {
    const now = await status();
    return now.active === 'active' && now.restarts >= restarts;
  };

  /** A drop-in, in force from the next start. */
  async function configure(unit: string, ...lines: string[]): Promise<void> {
    const dir = `/etc/systemd/system/${unit}.d`;
    const text = `${lines.join('\n')}\n`;
    await host.must('sh', '-c', `mkdir -p ${dir} && printf '%s' "$0" > ${dir}/test.conf`, text);
    await host.must('systemctl', 'daemon-reload');
  }

  it('is installed with one command, runs in its sandbox, and serves Docker clients', async () => {
    const { code, stderr } = await host.dockgate('service', 'install', '--san', 'gate.example.org');
    expect(stderr).toContain('/var/lib/dockgate/certs/clients/admin');
    expect(code).toBe(0);
    const now = await status();
    expect(now).toMatchObject({
      ...{ active: 'active', enabled: 'enabled', restarts: 0 },
      listening: ['tcp://0.0.0.0:2376'],
    });
    const process = await host.must('cat', `/proc/${now.pid}/status`);
    expect(process).toMatch(/^CapBnd:\t0+$/m);
    expect(process).toMatch(/^NoNewPrivs:\t1$/m);
    expect(process).toMatch(/^Seccomp:\t2$/m);
    expect(process).not.toMatch(/^Uid:\t0\t/m);
    expect(await host.must(...DOCKER, 'ps', '--format={{.Names}}')).toContain(host.name);
    const trail = await host.must('cat', '/var/log/dockgate/audit.jsonl');
    expect(trail).toMatch(/"user":"admin".*"action":"container\.list"/);
  });

  it('is installed a second time without a change and without a restart', async () => {
    const before = await status();
    const { code, stdout } = await host.dockgate('service', 'install', '--san', 'gate.example.org');
    expect(code).toBe(0);
    expect(stdout.toString()).not.toContain('written');
    expect((await status()).pid).toBe(before.pid);
  });

  it('reloads, and systemd knows what came of it', async () => {
    const before = await status();
    await host.must('systemctl', 'reload', 'dockgate');
    await host.until('the reload is told', async () => (await status()).lastReload !== undefined);
    const { lastReload, pid } = await status();
    expect(lastReload).toMatchObject({ cause: 'SIGHUP' });
    expect(lastReload?.refused).toBeUndefined();
    expect(pid).toBe(before.pid);
  });

  it('is upgraded without a cut: systemd follows the new process, and the unit stays active', async () => {
    const before = await status();
    const waiting = 'echo waits; while [ ! -e /run/go ]; do sleep 0.1; done; exit 42';
    const exec = host.run(...DOCKER, 'exec', host.name, 'sh', '-c', waiting);
    const trail = (): Promise<string> => host.must('cat', '/var/log/dockgate/audit.jsonl');
    const isUnderWay = /"event":"intent".*"action":"exec\.start"/;
    await host.until('the exec is under way', async () => isUnderWay.test(await trail()));
    await host.must('systemctl', 'kill', '--kill-who=main', '--signal=USR1', 'dockgate');
    await host.until('systemd follows', async () => (await status()).pid !== before.pid);
    const after = await status();
    expect(after).toMatchObject({ ...{ active: 'active', restarts: 0 }, socket: 'inactive' });
    expect(after.listening).toEqual(before.listening);
    expect((await host.run(...DOCKER, 'version')).code).toBe(0);

    await host.must('touch', '/run/go');
    const { code, stdout } = await exec;
    expect([code, stdout.toString()]).toEqual([42, 'waits\n']);
    const old = `/proc/${before.pid}`;
    await host.until(
      'the old process ends',
      async () => (await host.run('test', '-e', old)).code !== 0,
    );
    // The new one is who hears of a reload, and who tells what came of it.
    await host.must('systemctl', 'reload', 'dockgate');
    await host.until('the reload is told', async () => (await status()).lastReload !== undefined);
    expect(await status()).toMatchObject({ active: 'active', pid: after.pid, restarts: 0 });
  });

  it('comes back when it is killed, and when it hangs', async () => {
    await configure('dockgate.service', '[Service]', 'RestartSec=100ms', 'WatchdogSec=5');
    await host.must('systemctl', 'restart', 'dockgate');
    await host.must('kill', '-KILL', `${(await status()).pid}`);
    await host.until('it is back', () => isUp(1));
    await host.must('kill', '-STOP', `${(await status()).pid}`);
    await host.until('the watchdog brings it back', () => isUp(2));
    expect((await host.run(...DOCKER, 'version')).code).toBe(0);
  });

  it('asks systemd for as long as calls in flight may take', async () => {
    await configure('dockgate.service', '[Service]', 'TimeoutStopSec=1');
    await host.must('sh', '-c', 'echo "shutdown-timeout: 4" >> /etc/dockgate/dockgate.yaml');
    await host.must('systemctl', 'restart', 'dockgate');
    const events = host.run(...DOCKER, 'events');
    const lines = (): Promise<string> => host.must('cat', '/var/log/dockgate/audit.jsonl');
    const isStream = /"event":"intent".*"action":"system\.events"/;
    await host.until('the stream runs', async () => isStream.test(await lines()));
    await host.must('systemctl', 'stop', 'dockgate');
    expect(await host.must('systemctl', 'show', '-P', 'Result', 'dockgate')).toBe('success\n');
    await events;
    expect(await lines()).toMatch(/"action":"system\.events".*"end":"gate-stopped"/);
  });

  describe('with dockgate.socket', () => {
    const SOCKET = '/run/dockgate.sock';
    const settings = (from: string, to: string): Promise<string> =>
      host.must('sed', '-i', `s#^${from}.*#${to}#`, '/etc/dockgate/dockgate.yaml');

    it('gets its port and a socket for local callers from systemd', async () => {
      const lines = [`ListenStream=${SOCKET}`, 'SocketMode=0660', 'SocketGroup=docker'];
      await configure('dockgate.socket', '[Socket]', ...lines);
      await settings('host:', 'host: [fd://]');
      const { code, stderr } = await host.dockgate('service', 'install', '--socket');
      expect([code, stderr]).toEqual([0, expect.stringContaining('how it is')]);
      const now = await status();
      expect(now).toMatchObject({ active: 'active', socket: 'active' });
      expect(now.listening).toEqual([expect.stringMatching(/^tcp:.*:2376$/), `unix://${SOCKET}`]);
      expect(await host.must('stat', '-c', '%a %U %G', SOCKET)).toBe('660 root docker\n');
      expect((await host.run(...DOCKER, 'version')).code).toBe(0);
      const local = ['docker', '-H', `unix://${SOCKET}`, 'ps', '--format={{.Names}}'];
      expect(await host.must(...local)).toContain(host.name);
    });

    it('is started by whoever connects, and refuses nobody while it restarts', async () => {
      await host.must('systemctl', 'stop', 'dockgate');
      expect((await status()).active).toBe('inactive');
      expect((await host.run(...DOCKER, 'version')).code).toBe(0);
      const { pid } = await status();
      const restart = host.must('systemctl', 'restart', 'dockgate');
      const calls = Array.from({ length: 4 }, () => host.run(...DOCKER, 'version'));
      expect((await Promise.all(calls)).map(({ code }) => code)).toEqual([0, 0, 0, 0]);
      await restart;
      expect((await status()).pid).not.toBe(pid);
      await host.must('systemctl', 'disable', '--now', 'dockgate.socket', 'dockgate.service');
      await settings('host:', 'host: [tcp://0.0.0.0:2376]');
    });
  });

  it('says why it does not start, in the words of the gate', async () => {
    await host.must(
      'sed',
      '-i',
      's#^audit-log:.*#audit-log: /opt/audit.jsonl#',
      '/etc/dockgate/dockgate.yaml',
    );
    const { code, stderr } = await host.dockgate('service', 'install');
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n')).toEqual([
      'dockgate: the service is installed and does not start: the audit log /opt/audit.jsonl cannot be written: EROFS',
      expect.stringMatching(/^hint: /),
    ]);
  });

  it('is uninstalled, and certificates and trail stay', async () => {
    const { code, stderr } = await host.dockgate('service', 'uninstall');
    expect(code).toBe(0);
    expect(stderr).toContain('left as they are');
    await host.must('test', '-f', `${ADMIN}/key.pem`);
    await host.must('test', '-f', '/var/log/dockgate/audit.jsonl');
    const { code: gone, stderr: said } = await host.dockgate('service', 'status');
    expect(gone).toBe(1);
    expect(said).toContain('dockgate: there is no such service here');
  });
});
