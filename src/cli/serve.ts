import type { Argv, ArgumentsCamelCase, CommandModule } from 'yargs';
import { startGate, type Gate } from '../app/serve.ts';
import { loadConfig } from '../config/load.ts';
import { DETAIL_LEVELS, DURABILITIES, LOG_LEVELS, type Config } from '../config/schema.ts';
import type { InitReport } from '../pki/init.ts';
import { CommandError } from '../errors.ts';
import { createServiceManager } from '../notify/service-manager.ts';
import { greeting } from './greeting.ts';
import { ServiceNotices } from './service-notices.ts';
import { createLog, print } from './terminal.ts';

/** Defaults stand in the schema, not here: a flag that is not given must not win over the file. */
export const OPTIONS = {
  host: {
    alias: 'H',
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'Address to listen on, always mutual TLS; repeatable',
    defaultDescription: 'tcp://0.0.0.0:2376',
  },
  'docker-host': {
    type: 'string',
    requiresArg: true,
    describe: 'The daemon behind',
    defaultDescription: 'unix:///var/run/docker.sock',
  },
  certs: {
    type: 'string',
    requiresArg: true,
    describe: 'Directory that init-certs made',
    defaultDescription: './certs',
  },
  tlscacert: { type: 'string', requiresArg: true, describe: 'CA file, instead of CERTS/ca.pem' },
  tlscert: {
    type: 'string',
    requiresArg: true,
    describe: 'Certificate file, instead of CERTS/server-cert.pem',
  },
  tlskey: {
    type: 'string',
    requiresArg: true,
    describe: 'Key file, instead of CERTS/server-key.pem',
  },
  crl: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'Revocation lists of another CA, beside CERTS/crl.pem; repeatable',
  },
  'auto-renew': {
    type: 'boolean',
    describe: 'Renew the server certificate 30 days before its end, with CERTS/ca-key.pem',
  },
  init: {
    type: 'boolean',
    describe: 'Create missing certificates first; the first client is "admin"',
  },
  san: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'With --init: name or address that clients dial; repeatable',
  },
  client: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'With --init: user to make a certificate for; repeatable',
  },
  'audit-log': {
    type: 'string',
    requiresArg: true,
    describe: 'File for one line per call, or "-" for standard output',
    defaultDescription: './logs/audit.jsonl',
  },
  'audit-detail': {
    choices: DETAIL_LEVELS,
    requiresArg: true,
    describe:
      'What the trail tells of command lines: all (full), with what looks like a secret masked (standard), nothing (minimal); off reads no bodies at all',
    defaultDescription: 'standard',
  },
  'audit-durability': {
    choices: DURABILITIES,
    requiresArg: true,
    describe:
      'What holds before a call goes on: its line is with the kernel (write; harmless reads may wait with buffer), or on the disk (fsync)',
    defaultDescription: 'write',
  },
  'audit-optional-reads': {
    type: 'boolean',
    describe: 'Serve harmless reads even while the audit log cannot be written',
  },
  'audit-max-size': {
    type: 'string',
    requiresArg: true,
    describe: 'Rotate the audit log before it is larger; 0: never',
    defaultDescription: '100MB',
  },
  'audit-max-age': {
    type: 'string',
    requiresArg: true,
    describe: 'Rotate the audit log when it is older, such as 1d; 0: never',
    defaultDescription: '0',
  },
  'audit-keep': {
    type: 'number',
    requiresArg: true,
    describe: 'Rotated audit logs that are kept; 0: all',
    defaultDescription: '100',
  },
  'audit-checkpoint-lines': {
    type: 'number',
    requiresArg: true,
    describe: 'Sign the audit log after so many lines',
    defaultDescription: '1000',
  },
  'audit-checkpoint-every': {
    type: 'string',
    requiresArg: true,
    describe: 'Sign the audit log after so much time with lines in it',
    defaultDescription: '60s',
  },
  'audit-key': {
    type: 'string',
    requiresArg: true,
    describe: 'Key that signs the audit log; made where it is missing',
    defaultDescription: 'audit-key.pem beside the log',
  },
  policy: {
    type: 'string',
    requiresArg: true,
    describe: 'YAML file that says who may do what; without one every certificate is root',
  },
  'log-level': {
    choices: LOG_LEVELS,
    requiresArg: true,
    describe: 'How much the gate says about itself on standard error',
    defaultDescription: 'info',
  },
  debug: { alias: 'D', type: 'boolean', describe: 'The same as --log-level debug' },
  'max-connections': {
    type: 'number',
    requiresArg: true,
    describe: 'Connections open at a time, all together',
    defaultDescription: '20000',
  },
  'max-connections-per-user': {
    type: 'number',
    requiresArg: true,
    describe: 'Connections open at a time, of one user',
    defaultDescription: '10000',
  },
  'max-streams-per-user': {
    type: 'number',
    requiresArg: true,
    describe: 'Streams (logs, attach, exec, …) under way at a time, of one user',
    defaultDescription: '5000',
  },
  'max-handshakes': {
    type: 'number',
    requiresArg: true,
    describe: 'Connections at a time that have not shown a certificate yet',
    defaultDescription: '2000',
  },
  'max-inspected-body': {
    type: 'number',
    requiresArg: true,
    describe: 'Bytes of a body that has to be read before the daemon gets it; over it 413',
    defaultDescription: '4194304',
  },
  'shutdown-timeout': {
    type: 'number',
    requiresArg: true,
    describe: 'Seconds that calls in flight may take to finish after SIGTERM',
    defaultDescription: '30',
  },
  config: { type: 'string', requiresArg: true, describe: 'YAML file with the same names' },
} as const;

/** `dockgate serve`: runs the gate until a signal stops it. */
export const serveCommand: CommandModule = {
  command: 'serve',
  describe: 'Run the gate',
  builder,
  handler,
};

function builder(yargs: Argv): Argv {
  return yargs
    .options(OPTIONS)
    .group(['init', 'san', 'client'], 'First start:')
    .group(
      Object.keys(OPTIONS).filter((name) => name.startsWith('max-')),
      'Limits:',
    )
    .group(
      Object.keys(OPTIONS).filter((name) => name.startsWith('audit-')),
      'Audit trail:',
    )
    .example('$0 serve --init --san build.example.org', 'make what is missing, then listen on 2376')
    .example('$0 serve -H tcp://10.0.0.5:2376 --audit-log -', 'one address, the trail to stdout')
    .example('$0 serve --config /etc/dockgate.yaml', 'settings from a file')
    .epilogue('Each setting also as DOCKGATE_NAME in the environment; flag > environment > file.');
}

async function handler(args: ArgumentsCamelCase): Promise<void> {
  const config = loadConfig(flagsOf(args), process.env);
  const log = createLog(config.logLevel);
  // Early, while the process is small: its child is made by a fork.
  const manager = createServiceManager({
    env: process.env,
    pid: process.pid,
    warn: log.warn.bind(log),
  });
  const notices = new ServiceNotices(manager);
  const report = config.init === undefined ? undefined : await createMissing(config, config.init);
  // Whoever reads that the gate listens may send it a signal at once: it has to be heard by then.
  const starting = startGate(config, {
    log,
    issued: report?.issued,
    onReload: (event) => {
      notices.heard(event);
    },
  });
  const stopped = stopOnSignal(starting, notices, config.shutdownTimeoutMs, log.info.bind(log));
  const greeted = starting.then((gate) => {
    const { addresses } = gate;
    notices.started(gate);
    if (config.init === undefined || config.auditLog === '-') return;
    print(greeting({ config, addresses, report }));
  });
  await Promise.all([greeted, stopped]).finally(() => {
    manager.close();
  });
}

/** What the command line said, by setting name; `-D` is a level. */
export function flagsOf(args: ArgumentsCamelCase): Record<string, unknown> {
  const flags: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(OPTIONS)) {
    flags[name] = args[name];
    if (Array.isArray(args[name]) && !('array' in option)) throw givenTwice(name);
  }
  const { debug, ...settings } = flags;
  return debug === true ? { ...settings, 'log-level': 'debug' } : settings;
}

function givenTwice(name: string): CommandError {
  return new CommandError(
    'USAGE',
    `--${name} was given more than once`,
    'give it once; only --host, --crl, --san and --client may be repeated',
  );
}

async function createMissing(
  { certsDir }: Config,
  { sans, clients }: NonNullable<Config['init']>,
): Promise<InitReport> {
  // Loaded when needed: the X.509 library is the slowest import of all.
  const { initCertificates } = await import('../pki/init.ts');
  return initCertificates({
    dir: certsDir,
    sans,
    clients: clients.length === 0 ? ['admin'] : clients,
  });
}

/**
 * The first signal lets calls finish, the second ends them. One that comes while the gate still starts is obeyed
 * as soon as it has. Resolves when the gate has stopped.
 */
function stopOnSignal(
  starting: Promise<Gate>,
  notices: ServiceNotices,
  shutdownTimeoutMs: number,
  log: (message: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let signals = 0;
    const onSignal = (signal: NodeJS.Signals): void => {
      signals += 1;
      if (signals > 2) return;
      log(
        signals === 1
          ? `${signal}: stopping, calls in flight may finish`
          : `${signal}: stopping now`,
      );
      const graceMs = signals === 1 ? shutdownTimeoutMs : 0;
      notices.stopping(graceMs);
      starting.then((gate) => gate.stop(graceMs)).then(resolve, reject);
    };
    process.on('SIGUSR2', () => {
      log('SIGUSR2: opening the audit log again');
      starting.then(
        (gate) => {
          gate.reopenLog();
        },
        () => undefined,
      );
    });
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
    // What reloads writes its line itself, whatever comes of it; a gate that does not start says why.
    process.on('SIGHUP', () => {
      starting.then(
        (gate) => notices.reload(gate, 'SIGHUP'),
        () => undefined,
      );
    });
  });
}
