import type { CommandModule } from 'yargs';
import { auditCommand } from './audit/index.ts';
import { caCommand } from './ca/index.ts';
import { clientCommand } from './client/index.ts';
import { loadCommand, type Command } from './command.ts';
import { policyCommand } from './policy/index.ts';
import { programPage, type Page } from './reference/pages.ts';
import { serverCommand } from './server/index.ts';
import { serviceCommand } from './service/index.ts';

export const SUMMARY = 'Mutual TLS, certificates and an audit trail in front of a Docker daemon.';

/** Every command, in the order of `--help`. */
const COMMANDS: readonly Command[] = [
  { command: 'serve', describe: 'Run the gate', load: () => import('./serve.ts') },
  {
    command: 'init-certs',
    describe: 'Create the CA, server and client certificates that are missing',
    load: () => import('./init-certs.ts'),
  },
  auditCommand,
  policyCommand,
  clientCommand,
  serverCommand,
  caCommand,
  {
    command: 'doctor',
    describe: 'Find what is wrong, and say how to mend it',
    load: () => import('./doctor.ts'),
  },
  {
    command: 'health',
    describe: 'Exit with 0 when the gate and its daemon answer',
    load: () => import('./health.ts'),
  },
  serviceCommand,
  {
    command: 'completion <shell>',
    describe: 'Print the completion script of a shell',
    load: async () => (await import('./completion.ts')).completionOf(reference),
  },
  {
    command: 'man <directory>',
    // Not among the commands of a gate's host; `npm run man` calls it.
    describe: false,
    load: async () => (await import('./man.ts')).manOf(reference),
  },
];

/** All of them; those whose name stands in `argv` with their code, which is more than the one that it runs at most. */
export function loadCommands(argv: readonly string[]): Promise<readonly CommandModule[]> {
  return load((name) => argv.includes(name));
}

/** All of them as data. */
export async function reference(): Promise<Page> {
  return programPage(SUMMARY, await load(() => true));
}

function load(isNamed: (word: string) => boolean): Promise<readonly CommandModule[]> {
  return Promise.all(COMMANDS.map((command) => loadCommand(command, isNamed)));
}
