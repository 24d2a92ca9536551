import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolve } from 'node:path';
import { run, type Outcome } from '../support/e2e/child.ts';
import { PROGRAM } from '../support/e2e/gate.ts';
import { freePort } from '../support/e2e/machine.ts';
import { endToEndGate } from '../support/e2e/suite.ts';
import type { World } from '../support/e2e/world.ts';
import { PrivateDockerd } from '../support/private-dockerd.ts';

interface Report {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean | null;
    readonly found: string;
    readonly fix?: string;
  }[];
}

const dockgate = (...args: string[]): Promise<Outcome> => run(process.execPath, [PROGRAM, ...args]);
const report = ({ stdout }: Outcome): Report => JSON.parse(stdout.toString()) as Report;
const named = (outcome: Outcome, name: string) =>
  report(outcome).checks.find((check) => check.name === name);

/** How the gate under test was started, as flags. */
function settingsOf({ front, socket, auditLog }: World) {
  const address = 'port' in front.address ? front.address : { port: 0, certPath: '' };
  return {
    port: address.port,
    client: address.certPath,
    flags: [
      ...['--host', `tcp://127.0.0.1:${address.port}`, '--docker-host', `unix://${socket}`],
      ...['--certs', resolve(address.certPath, '../..'), '--audit-log', auditLog],
    ],
  };
}

endToEndGate('dockgate doctor', (world) => {
  const { port, client, flags } = settingsOf(world);

  it('finds nothing to mend at a gate that runs, half-close with a real daemon included', async () => {
    const outcome = await dockgate('doctor', ...flags, '--json');
    expect(report(outcome).checks.filter(({ ok }) => ok === false)).toEqual([]);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(named(outcome, 'round trip')?.found).toMatch(/^Docker .* through the gate .*as doctor/);
    expect(named(outcome, 'half-close')).toMatchObject({ ok: true });
    expect(named(outcome, 'daemon on TCP')).toMatchObject({ ok: true });
  });

  it('goes the client’s way', async () => {
    const args = ['--address', `127.0.0.1:${port}`, '--certs', client];
    const outcome = await dockgate('doctor', ...args);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout.toString()).toMatch(/✓ gate +Docker .*let you in/);
  });

  it('says what is wrong on one line, and what mends it on the next', async () => {
    const outcome = await dockgate('doctor', ...flags, '--address', 'gate.example.org');
    expect(outcome.code).toBe(1);
    expect(outcome.stdout.toString()).toMatch(
      /✗ names +not in the certificate: gate.example.org.*\n +→ dockgate server renew .*--san gate.example.org\n/,
    );
    expect(outcome.stderr).toMatch(/^dockgate: failed: names\nhint: /);
  });

  it('reads the settings of serve from the environment', async () => {
    const env = { DOCKGATE_DOCKER_HOST: 'nonsense' };
    const outcome = await run(process.execPath, [PROGRAM, 'doctor'], { env });
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain('nonsense');
  });

  describe('where the daemon also listens on TCP', () => {
    let open: PrivateDockerd;
    let openPort: number;

    beforeAll(async () => {
      openPort = await freePort();
      open = new PrivateDockerd(['-H', `tcp://127.0.0.1:${openPort}`, '--tls=false']);
      await open.start();
    });
    afterAll(async () => {
      await open.remove();
    });

    it('says that anybody is root, where, and what opens the port', async () => {
      const settings = flags.map((flag) =>
        flag === `unix://${world.socket}` ? `unix://${open.socket}` : flag,
      );
      const exposed = await dockgate('doctor', ...settings, '--json');
      expect(exposed.code).toBe(1);
      const check = named(exposed, 'daemon on TCP');
      expect(check).toMatchObject({ ok: false });
      expect(check?.found).toContain(`Docker answers in plaintext at 127.0.0.1:${openPort}`);
      expect(check?.found).toContain(`the command line of dockerd (pid ${open.pid})`);
      expect(check?.fix).toContain(`remove "-H tcp://127.0.0.1:${openPort}"`);
    });
  });
});

endToEndGate('dockgate health', (world) => {
  const { flags } = settingsOf(world);
  const settings = flags.slice(0, -2);

  it('exits with 0 where the gate and its daemon answer', async () => {
    const outcome = await dockgate('health', ...settings);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout.toString()).toMatch(/^gate 127\.0\.0\.1:\d+: Docker /);
  });

  it('exits with 1 and a hint where no gate listens', async () => {
    const [, , ...rest] = settings;
    const port = await freePort();
    const outcome = await dockgate('health', '--host', `tcp://127.0.0.1:${port}`, ...rest);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/^dockgate: gate .*: nothing listens there\nhint: \S/);
  });
});
