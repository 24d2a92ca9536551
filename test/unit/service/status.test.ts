import { describe, expect, it } from 'vitest';
import { parseProperties, statusFrom } from '../../../src/service/status.ts';

const NOW = { wall: Date.parse('2026-03-02T09:14:10.000Z'), monotonicMs: 5_000 };

const RUNNING = parseProperties(
  [
    'LoadState=loaded',
    'UnitFileState=enabled',
    'ActiveState=active',
    'SubState=running',
    'Result=success',
    'MainPID=4711',
    'NRestarts=2',
    'ActiveEnterTimestampMonotonic=2000000',
    'StatusText=listening on tcp://0.0.0.0:2376; reloaded 2026-03-02T09:14:07.514Z (SIGHUP): accepted',
    'FragmentPath=/etc/systemd/system/dockgate.service',
    'DropInPaths=/etc/systemd/system/dockgate.service.d/a.conf',
    '',
  ].join('\n'),
);

const none = parseProperties('LoadState=not-found\nActiveState=inactive\nSubState=dead\nMainPID=0');

describe('the status of the service', () => {
  it('is told by systemd and by the gate', () => {
    expect(statusFrom(RUNNING, parseProperties('ActiveState=active'), NOW)).toEqual({
      ...{ installed: true, enabled: 'enabled', active: 'active', state: 'running' },
      ...{ result: 'success', pid: 4711, since: '2026-03-02T09:14:07.000Z', restarts: 2 },
      listening: ['tcp://0.0.0.0:2376'],
      lastReload: { at: '2026-03-02T09:14:07.514Z', cause: 'SIGHUP', refused: undefined },
      socket: 'active',
      unit: '/etc/systemd/system/dockgate.service',
      dropIns: ['/etc/systemd/system/dockgate.service.d/a.conf'],
    });
  });

  it('says where there is no such service, and nothing of one that is over', () => {
    expect(statusFrom(none, none, NOW)).toMatchObject({
      ...{ installed: false, enabled: 'not installed', active: 'inactive' },
      ...{ pid: undefined, since: undefined, listening: [], dropIns: [] },
    });
    const over = new Map([...RUNNING, ['ActiveState', 'failed'], ['MainPID', '0']]);
    expect(statusFrom(over, none, NOW)).toMatchObject({
      ...{ listening: [], since: undefined, lastReload: undefined },
    });
  });
});
