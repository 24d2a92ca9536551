import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { lookAtHost } from '../../../src/service/host.ts';
import { planInstall } from '../../../src/service/install.ts';
import { placesBelow } from '../../../src/service/places.ts';
import { carryOut } from '../../../src/service/carry-out.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const ANALYZE = '/usr/bin/systemd-analyze';
const isMissing = !existsSync(ANALYZE);
if (isMissing) console.warn(`THE UNITS ARE NOT CHECKED: ${ANALYZE} is missing (Debian: systemd)`);

/** Without systemd-analyze the reason is printed, and CI does not pass. */
const withSystemd = isMissing && process.env['CI'] !== 'true' ? it.skip : it;

const MOST_EXPOSED = 2.0;

function installed(): { root: string; unit: string; socket: string } {
  const root = temporaryDirectory();
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
  const places = placesBelow(root);
  const plan = planInstall(lookAtHost({ dockerSocket: undefined, places, programs: [] }), places, {
    ...{ node: process.execPath, program: '/usr/lib/dockgate/main.js', settings: {} },
    ...{ shutdownTimeoutMs: 30_000, ports: [2376], socketActivation: true, start: true },
  });
  for (const step of plan.steps) carryOut(step);
  return { root, unit: places.service, socket: places.socket };
}

describe('the units', () => {
  withSystemd('are put into a root with their user, enabled, and again without a change', () => {
    const { root, unit } = installed();
    const wanted = join(root, 'etc/systemd/system/multi-user.target.wants/dockgate.service');
    expect(lstatSync(wanted).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(root, 'etc/passwd'), 'utf8')).toMatch(/^dockgate:x:\d+:\d+:/m);
    expect(readFileSync(join(root, 'etc/group'), 'utf8')).toMatch(/^docker:x:\d+:dockgate$/m);
    expect(statSync(unit).mode & 0o777).toBe(0o644);
    const text = readFileSync(unit, 'utf8');
    expect(carryOut({ do: 'write', path: unit, mode: 0o644, text })).toBe('unchanged');
  });

  withSystemd('have nothing that systemd-analyze verify complains about', () => {
    const { unit, socket } = installed();
    // The daemon's units are of another package, so what is behind the units is not looked at.
    const { status, stdout, stderr } = spawnSync(
      ANALYZE,
      ['verify', '--man=no', '--recursive-errors=no', unit, socket],
      { encoding: 'utf8' },
    );
    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });

  withSystemd(`expose at most ${MOST_EXPOSED}, as systemd-analyze security counts`, () => {
    const { unit } = installed();
    const { stdout } = spawnSync(
      ANALYZE,
      ['security', '--offline=true', '--no-pager', '--json=off', unit],
      { encoding: 'utf8' },
    );
    const score = Number(/Overall exposure level for .*: ([\d.]+) /.exec(stdout)?.[1]);
    expect(score).toBeGreaterThan(0);
    expect(score).toBeLessThanOrEqual(MOST_EXPOSED);
  });

  it('let V8 make code, and let the gate write where its settings say', () => {
    const unit = readFileSync('packaging/systemd/dockgate.service', 'utf8');
    expect(unit).not.toMatch(/^MemoryDenyWriteExecute=/m);
    const config = loadConfig({ config: 'packaging/systemd/dockgate.yaml' }, {});
    const state = /^StateDirectory=(.*)$/m.exec(unit)?.[1] ?? '-';
    const logs = /^LogsDirectory=(.*)$/m.exec(unit)?.[1] ?? '-';
    expect(config.certsDir.startsWith(`/var/lib/${state}/`)).toBe(true);
    expect(config.auditLog.startsWith(`/var/log/${logs}/`)).toBe(true);
    expect(unit).toContain(`\nTimeoutStopSec=${config.shutdownTimeoutMs / 1000 + 10}\n`);
  });
});
