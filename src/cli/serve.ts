import type { Argv, ArgumentsCamelCase } from 'yargs';
import { freeBuffersHere } from '../app/buffers.ts';
import type { Gate } from '../app/serve.ts';
import { loadSettings } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { inContainer } from '../doctor/container.ts';
import type { InitReport } from '../pki/init.ts';
import { CommandError } from '../errors.ts';
import { createServiceManager } from '../notify/service-manager.ts';
import { readActivation } from '../sockets/activation.ts';
import { readTakeOver, type Program, type TakeOver } from '../sockets/hand-over.ts';
import { greeting } from './greeting.ts';
import { createLog } from './operational-log.ts';
import { printConfig } from './print-config.ts';
import { flagsOf, OPTIONS } from './setting-flags.ts';
import { ServiceNotices } from './service-notices.ts';
import { print } from './terminal.ts';

/** What is no setting: it belongs to this one run. */
const RUN_OPTIONS = {
  'print-config': {
    type: 'boolean',
    default: false,
    describe: 'Print the settings in force and where each comes from, as YAML; start nothing',
  },
  json: { type: 'boolean', default: false, describe: 'With --print-config: print them as JSON' },
} as const;

export function builder(yargs: Argv): Argv {
  return yargs
    .options(OPTIONS)
    .options(RUN_OPTIONS)
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
    .example(
      '$0 serve -H tcp://:2376 -H unix:///run/dockgate/dockgate.sock --unix-group docker',
      'callers of this host too',
    )
    .example('$0 serve --config /etc/dockgate.yaml', 'settings from a file')
    .example('$0 serve --print-config', 'what would hold, and who says so')
    .epilogue(
      'Each setting also as DOCKGATE_NAME in the environment; flag > environment > file.\n' +
        'Signals: TERM stops, HUP reads files again, USR1 has a new process take over, USR2 opens the log again.',
    );
}

export async function handler(args: ArgumentsCamelCase): Promise<void> {
  const takeOver = readTakeOver(process.env);
  try {
    await serve(args, takeOver);
  } catch (error) {
    takeOver?.failed(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

/** @param takeOver from which process, where this one was started by one. */
async function serve(args: ArgumentsCamelCase, takeOver: TakeOver | undefined): Promise<void> {
  const inheritance = takeOver?.inheritance ?? readActivation(process.env, process.pid);
  const { config, settings } = loadSettings(flagsOf(args), process.env);
  if (args['json'] === true) requirePrintConfig(args);
  if (args['print-config'] === true) {
    printConfig({ config, settings }, args['json'] === true);
    return;
  }
  freeBuffersHere();
  const log = await createLog(config.logLevel);
  // Early, while the process is small: its child is made by a fork.
  const manager = createServiceManager({
    env: process.env,
    pid: process.pid,
    warn: log.warn.bind(log),
  });
  const notices = new ServiceNotices(manager);
  // Before certificates are made: Node's tls has no createSecureContext where X509Certificate.toLegacyObject() was called
  // before it was loaded (20.20).
  const { startGate } = await import('../app/serve.ts');
  const created = createMissing(config);
  // Signals are heard while keys are made, too: what is under way is ended in order, and leaves no lock behind.
  const starting = created.then((report) =>
    startGate(config, {
      log,
      issued: report?.issued,
      inheritance,
      previous: takeOver?.predecessor,
      onReload: (event) => {
        notices.heard(event);
      },
    }),
  );
  const stopped = obeySignals(starting, notices, config.shutdownTimeoutMs, log.info.bind(log));
  const greeted = Promise.all([created, starting]).then(([report, gate]) => {
    const { addresses, localSockets } = gate;
    notices.started(gate);
    takeOver?.ready();
    if (config.init === undefined || config.auditLog === '-') return;
    print(greeting({ config, addresses, localSockets, report, container: inContainer() }));
  });
  await Promise.all([greeted, stopped]).finally(() => {
    manager.close();
  });
}

function requirePrintConfig(args: ArgumentsCamelCase): void {
  if (args['print-config'] === true) return;
  throw new CommandError(
    'USAGE',
    '--json is given without --print-config',
    'a gate that runs prints no data; write "dockgate serve --print-config --json"',
  );
}

async function createMissing({ certsDir, init }: Config): Promise<InitReport | undefined> {
  if (init === undefined) return undefined;
  const { sans, clients } = init;
  // Loaded when needed: the X.509 library is the slowest import of all.
  const { initCertificates } = await import('../pki/init.ts');
  return initCertificates({
    dir: certsDir,
    sans,
    clients: clients.length === 0 ? ['admin'] : clients,
  });
}

/** What this process was started as; the files behind the names may be newer ones. */
function sameProgram(): Program {
  const args = [...process.execArgv, ...process.argv.slice(1)];
  return { command: process.execPath, args, env: process.env };
}

/**
 * The first signal lets calls finish, the second ends them. One that comes while the gate still starts is obeyed
 * as soon as it has. Resolves when the gate has stopped.
 */
function obeySignals(
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
    // Besides, this keeps Node from opening its debugger's port.
    process.on('SIGUSR1', () => {
      log('SIGUSR1: starting another process to take over');
      starting
        .then((gate) => gate.upgrade(sameProgram(), (pid) => notices.handOver(pid)))
        .then((isTaken) => {
          if (isTaken) resolve();
        }, reject);
    });
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
