/** Commands as they are listed, and their code, which is loaded once one is named: each brings its own part of the program. */
import type { Argv, CommandModule } from 'yargs';
import { withoutHelp } from './without-help.ts';

/** A command, or a group of them. */
export type Command = SingleCommand | CommandGroup;

interface Listed {
  /** As typed, with its arguments: `add <name>`. */
  readonly command: string;
  /** For the list of commands; false: it is in none. */
  readonly describe: string | false;
}

export interface SingleCommand extends Listed {
  readonly load: () => Promise<CommandCode>;
}

export interface CommandGroup extends Listed {
  readonly commands: readonly Command[];
}

/** What the file of a command exports: its flags, and what it does. */
export interface CommandCode {
  readonly builder: (yargs: Argv) => unknown;
  /** Commands differ in what they read, and only they themselves care. */
  readonly handler: (argv: never) => void | Promise<void>;
}

/**
 * The command for yargs.
 *
 * @param isNamed whether a word may be meant to name a command. What is not named is listed without its code.
 */
export async function loadCommand(
  listed: Command,
  isNamed: (word: string) => boolean,
): Promise<CommandModule> {
  const { command, describe } = listed;
  if (!isNamed(nameOf(command))) return { command, describe, handler: notLoaded };
  if ('commands' in listed) {
    const children = listed.commands.map((child) => loadCommand(child, isNamed));
    return { command, describe, ...groupOf(await Promise.all(children)) };
  }
  const { builder, handler } = await listed.load();
  return {
    command,
    describe,
    builder: withoutHelp(builder),
    handler: handler as CommandModule['handler'],
  };
}

function groupOf(commands: readonly CommandModule[]): Pick<CommandModule, 'builder' | 'handler'> {
  const names = commands.map(({ command }) => nameOf(String(command)));
  const choice = `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
  return {
    builder: (yargs) => {
      for (const command of commands) yargs.command(command);
      return yargs.demandCommand(1, `name a command: ${choice}`);
    },
    handler: () => undefined,
  };
}

/** `add <name>` → `add`. */
function nameOf(command: string): string {
  return command.replace(/ .*$/, '');
}

/** A word that runs a command is a word of the command line, and those were loaded. */
function notLoaded(): never {
  throw new Error('the command that was named was not loaded');
}
