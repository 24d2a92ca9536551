import { readFileSync } from 'node:fs';
import yargs from 'yargs';
import { CommandError } from '../errors.ts';
import { auditCommand } from './audit/index.ts';
import { caCommand } from './ca/index.ts';
import { clientCommand } from './client/index.ts';
import { doctorCommand } from './doctor.ts';
import { healthCommand } from './health.ts';
import { initCertsCommand } from './init-certs.ts';
import { policyCommand } from './policy/index.ts';
import { serveCommand } from './serve.ts';
import { serverCommand } from './server/index.ts';
import { serviceCommand } from './service/index.ts';
import { fail } from './terminal.ts';

/**
 * Runs the command that `argv` names.
 *
 * @param argv the arguments after `node` and the script.
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage or configuration.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const cli = yargs([...argv])
    .scriptName('dockgate')
    .usage(
      '$0 <command>\n\nMutual TLS, certificates and an audit trail in front of a Docker daemon.',
    )
    .command(serveCommand)
    .command(initCertsCommand)
    .command(auditCommand)
    .command(policyCommand)
    .command(clientCommand)
    .command(serverCommand)
    .command(caCommand)
    .command(doctorCommand)
    .command(healthCommand)
    .command(serviceCommand)
    .demandCommand(1, 'name a command')
    .recommendCommands()
    .parserConfiguration({ 'boolean-negation': false })
    .strict()
    .version(version())
    .alias('help', 'h')
    .exitProcess(false)
    .wrap(Math.min(100, process.stdout.columns || 80))
    .showHelpOnFail(false)
    .fail(rethrow);
  try {
    await cli.parseAsync();
    return 0;
  } catch (error) {
    return fail(error);
  }
}

/** yargs gives a message for wrong usage, and the error itself for what a command threw. */
function rethrow(message: string | undefined, error: Error | undefined): never {
  if (error !== undefined && error.name !== 'YError') throw error;
  throw new CommandError(
    'USAGE',
    message === undefined ? 'wrong usage' : plain(message),
    'see "dockgate --help", or "dockgate COMMAND --help" for one command',
  );
}

/** In words: yargs names a flag that it does not know twice, and an unknown command not at all. */
function plain(message: string): string {
  if (message.startsWith('Not enough non-option arguments')) return 'an argument is missing';
  const names = /^Unknown arguments?: (.*)$/.exec(message)?.[1]?.split(', ');
  if (names === undefined) return message.replace(/^Did you mean/, 'no such command; did you mean');
  const typed = names.filter(
    (name) => !names.includes(name.replace(/[A-Z]/g, dashed)) || name === name.toLowerCase(),
  );
  return `no such flag or argument: ${typed.join(', ')}`;
}

const dashed = (letter: string): string => `-${letter.toLowerCase()}`;

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
