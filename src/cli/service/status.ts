/** `dockgate service status`: how systemd and the gate itself say that it is. */
import type { Argv, ArgumentsCamelCase } from 'yargs';
import { CommandError } from '../../errors.ts';
import { readStatus, type ServiceStatus } from '../../service/status.ts';
import { JSON_OUTPUT, requireSingle } from '../pki-options.ts';
import { printFields, printJson } from '../terminal.ts';

interface StatusArguments {
  json: boolean;
}

export function builder(yargs: Argv): Argv<StatusArguments> {
  return yargs
    .options(JSON_OUTPUT)
    .example('$0 service status', 'enabled, active, since when, where it listens, last reload');
}

export function handler(argv: ArgumentsCamelCase<StatusArguments>): void {
  requireSingle(argv);
  const status = readStatus();
  if (argv.json) printJson(status);
  else printFields(fieldsOf(status));
  if (status.active === 'active' || status.active === 'reloading') return;
  throw new CommandError(
    'UNHEALTHY',
    status.installed
      ? `the service is ${status.active} (${status.result})`
      : 'there is no such service here',
    status.installed
      ? 'journalctl -u dockgate -n 50 tells why'
      : 'make it one: dockgate service install',
  );
}

function fieldsOf(status: ServiceStatus): [string, string][] {
  const { lastReload } = status;
  const reload =
    lastReload && `${lastReload.at} (${lastReload.cause}): ${lastReload.refused ?? 'accepted'}`;
  return [
    ['enabled', status.enabled],
    ['active', `${status.active} (${status.state})`],
    ['result', status.result],
    ['pid', `${status.pid ?? '-'}`],
    ['since', status.since ?? '-'],
    ['restarts', `${status.restarts}`],
    ['listening', status.listening.join(', ') || '-'],
    ['last reload', reload ?? '-'],
    ['socket', status.socket],
    ['unit', [status.unit ?? '-', ...status.dropIns].join(', ')],
  ];
}
