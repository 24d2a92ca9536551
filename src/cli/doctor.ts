/** `dockgate doctor`: finds what is wrong, on the gate's host or on a client's, and says how to mend it. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Argv, ArgumentsCamelCase } from 'yargs';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { Check } from '../doctor/check.ts';
import { CommandError } from '../errors.ts';
import { checksJson, screenLines, summary, wantsColour } from './check-screen.ts';
import { flagsOf, OPTIONS } from './setting-flags.ts';
import { print, printJson } from './terminal.ts';

interface DoctorArguments {
  address: string[];
  json: boolean;
}

export function builder(yargs: Argv): Argv<DoctorArguments> {
  const { host, certs, tlscacert, tlscert, tlskey, config } = OPTIONS;
  return yargs
    .options({
      host,
      'docker-host': OPTIONS['docker-host'],
      certs: { ...certs, describe: 'Directory that init-certs made; a client: DOCKER_CERT_PATH' },
      ...{ tlscacert, tlscert, tlskey },
      'audit-log': OPTIONS['audit-log'],
      config,
    })
    .options({
      address: {
        type: 'string',
        array: true,
        nargs: 1,
        default: [] as string[],
        describe:
          'HOST[:PORT] that clients dial; without server certificates here: check the way to it',
      },
      json: { type: 'boolean', default: false, describe: 'Print the result as JSON' },
    })
    .example('$0 doctor', 'the gate of this host, with the defaults of "serve"')
    .example(
      '$0 doctor --config /etc/dockgate.yaml --address gate.example.org',
      'with its settings',
    )
    .example('$0 doctor --address gate.example.org', 'from a client, with its DOCKER_CERT_PATH')
    .epilogue(
      '✓ fine, ✗ to be mended, ! to be thought about, – not checked. Exit code 1 if a check failed.',
    );
}

export async function handler(argv: ArgumentsCamelCase<DoctorArguments>): Promise<void> {
  const config = loadConfig(flagsOf(argv), process.env);
  const { title, checks } = await examine(config, argv);
  const failures = checks.filter(({ state }) => state === 'failed');
  if (argv.json) printJson({ ok: failures.length === 0, checks: checksJson(checks) });
  else {
    const lines = screenLines(checks, wantsColour(process.stdout, process.env));
    print([title, ...lines, summary(checks)].join('\n'));
  }
  if (failures.length === 0) return;
  throw new CommandError(
    'UNHEALTHY',
    `failed: ${failures.map(({ name }) => name).join(', ')}`,
    'mend from the top: under each line with ✗ stands how; later checks may depend on earlier ones',
  );
}

/** A host without the server's certificate that was given an address is a client. */
async function examine(
  config: Config,
  argv: ArgumentsCamelCase<DoctorArguments>,
): Promise<{ readonly title: string; readonly checks: readonly Check[] }> {
  // Loaded when needed: the X.509 library is the slowest import of all.
  const { parseAddress } = await import('../doctor/address.ts');
  const targets = argv.address.map(parseAddress);
  const [target, second] = targets;
  if (target === undefined || fs.existsSync(config.tls.cert)) {
    const { examineGate } = await import('../doctor/gate-side.ts');
    const checks = await examineGate(
      config,
      targets.map(({ host }) => host),
    );
    return { title: `the gate of this host, certificates in ${config.certsDir}`, checks };
  }
  if (second !== undefined) {
    throw new CommandError('USAGE', 'a client goes to one gate at a time', 'give --address once');
  }
  const { examineClient } = await import('../doctor/client-side.ts');
  const directory = clientDirectory(argv['certs']);
  const title = `the way from this client to ${target.host}:${target.port}, certificates in ${directory}`;
  return { title, checks: await examineClient(directory, target) };
}

/** As the docker CLI looks for it. */
function clientDirectory(given: unknown): string {
  if (typeof given === 'string') return given;
  return process.env['DOCKER_CERT_PATH'] ?? path.join(os.homedir(), '.docker');
}
