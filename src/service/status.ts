import { spawnSync } from 'node:child_process';
import { CommandError, systemCode } from '../errors.ts';
import { parseStatus, type LastReload } from '../notify/status-text.ts';

/** How the service is. */
export interface ServiceStatus {
  /** Whether systemd knows the unit. */
  readonly installed: boolean;
  /** As `systemctl is-enabled` says it. */
  readonly enabled: string;
  /** As `systemctl is-active` says it, and more closely. */
  readonly active: string;
  readonly state: string;
  /** Why it ended last: `success`, `exit-code`, `watchdog`, …, see systemd.service(5). */
  readonly result: string;
  readonly pid: number | undefined;
  /** When it became active, ISO 8601. */
  readonly since: string | undefined;
  /** How often systemd started it again. */
  readonly restarts: number;
  /** Addresses, as the gate says. */
  readonly listening: readonly string[];
  readonly lastReload: LastReload | undefined;
  /** Whether systemd holds the port, as `systemctl is-active` says it. */
  readonly socket: string;
  readonly unit: string | undefined;
  readonly dropIns: readonly string[];
}

const PROPERTIES = [
  ...['LoadState', 'UnitFileState', 'ActiveState', 'SubState', 'Result', 'MainPID', 'NRestarts'],
  ...['ActiveEnterTimestampMonotonic', 'StatusText', 'FragmentPath', 'DropInPaths'],
];

/** @throws CommandError `SERVICE_IMPOSSIBLE` where systemd cannot be asked. */
export function readStatus(): ServiceStatus {
  const now = { wall: Date.now(), monotonicMs: Number(process.hrtime.bigint() / 1_000_000n) };
  return statusFrom(show('dockgate.service'), show('dockgate.socket'), now);
}

type Properties = ReadonlyMap<string, string>;

/** @param now the same moment by the clock (ms since the epoch) and since the host's start (ms). */
export function statusFrom(
  service: Properties,
  socket: Properties,
  now: { readonly wall: number; readonly monotonicMs: number },
): ServiceStatus {
  const text = (name: string): string => service.get(name) ?? '';
  const pid = Number(text('MainPID'));
  const said = parseStatus(text('StatusText'));
  const isActive = text('ActiveState') === 'active' || text('ActiveState') === 'reloading';
  const activeForMs = now.monotonicMs - Number(text('ActiveEnterTimestampMonotonic')) / 1000;
  return {
    installed: text('LoadState') === 'loaded',
    enabled: text('UnitFileState') || 'not installed',
    active: text('ActiveState'),
    state: text('SubState'),
    result: text('Result'),
    pid: pid > 0 ? pid : undefined,
    since: isActive ? new Date(Math.round(now.wall - activeForMs)).toISOString() : undefined,
    restarts: Number(text('NRestarts')),
    listening: isActive ? (said?.listening ?? []) : [],
    lastReload: isActive ? said?.lastReload : undefined,
    socket: socket.get('ActiveState') ?? 'unknown',
    unit: text('FragmentPath') || undefined,
    dropIns: text('DropInPaths')
      .split(' ')
      .filter((file) => file !== ''),
  };
}

function show(unit: string): Properties {
  const args = ['show', unit, `--property=${PROPERTIES.join(',')}`];
  const { status, stdout, stderr, error } = spawnSync('systemctl', args, { encoding: 'utf8' });
  if (status === 0) return parseProperties(stdout);
  throw new CommandError(
    'SERVICE_IMPOSSIBLE',
    `systemd cannot be asked: ${error === undefined ? stderr.trim().split('\n', 1)[0] : systemCode(error)}`,
    'this works where systemd runs the host; elsewhere "dockgate health" tells how a gate is',
  );
}

/** Lines of `Name=value`. */
export function parseProperties(text: string): Properties {
  const lines = text.split('\n').filter((line) => line.includes('='));
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
