/** `dockgate health`: for whoever restarts what does not answer. */
import type { Argv, ArgumentsCamelCase } from 'yargs';
import { loadConfig } from '../config/load.ts';
import { CommandError } from '../errors.ts';
import { checksJson } from './check-screen.ts';
import { flagsOf, OPTIONS } from './setting-flags.ts';
import { print, printJson } from './terminal.ts';

interface HealthArguments {
  json: boolean;
}

export function builder(yargs: Argv): Argv<HealthArguments> {
  const { host, certs, tlscacert, tlscert, tlskey, config } = OPTIONS;
  return yargs
    .options({
      host,
      'docker-host': OPTIONS['docker-host'],
      metrics: OPTIONS.metrics,
      certs,
      tlscacert,
      tlscert,
      tlskey,
      config,
    })
    .options({ json: { type: 'boolean', default: false, describe: 'Print the result as JSON' } })
    .example('$0 health', 'the gate of this host, with the defaults of "serve"')
    .example('$0 health --metrics tcp://127.0.0.1:9376', 'asks where the gate is watched from')
    .example('$0 health --config /etc/dockgate.yaml', 'with its settings');
}

export async function handler(argv: ArgumentsCamelCase<HealthArguments>): Promise<void> {
  const config = loadConfig(flagsOf(argv), process.env);
  // Loaded when needed: the X.509 library is the slowest import of all.
  const { examineHealth } = await import('../doctor/health.ts');
  const checks = await examineHealth(config);
  const failure = checks.find(({ state }) => state !== 'ok');
  if (argv.json) printJson({ ok: failure === undefined, checks: checksJson(checks) });
  else for (const { name, found, state } of checks) if (state === 'ok') print(`${name}: ${found}`);
  if (failure === undefined) return;
  const hint = failure.fix ?? 'dockgate doctor tells more';
  throw new CommandError('UNHEALTHY', `${failure.name}: ${failure.found}`, hint);
}
