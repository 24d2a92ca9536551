import { CommandError } from '../errors.ts';
import { nearestOf } from '../nearest.ts';
import { allPages, lastWord, type Flag, type Page } from './reference/pages.ts';

/**
 * What yargs has to say about wrong usage, in the words of this program.
 *
 * @param program its page, with those of all commands.
 */
export function usageError(
  message: string | undefined,
  argv: readonly string[],
  program: Page,
): CommandError {
  const page = pageOf(argv, program);
  const help = page.command === '' ? 'dockgate --help' : `dockgate ${page.command} --help`;
  const isGroup = page.command === '' || page.commands.length > 0;
  return new CommandError(
    'USAGE',
    message === undefined ? 'wrong usage' : plain(message, page, program),
    isGroup ? `see "${help}" for the commands` : `see "${help}" for its flags, with examples`,
  );
}

/**
 * yargs takes `--init=yes` for `--init=false`; a switch that is neither is refused here.
 *
 * @param program its page, with that of the command that is named.
 * @throws CommandError `USAGE`.
 */
export function checkSwitches(argv: readonly string[], program: Page): void {
  const { flags } = pageOf(argv, program);
  for (const argument of argv) {
    if (argument === '--') return;
    const [, name, value] = /^--?([a-z-]+)=(.*)$/is.exec(argument) ?? [];
    const isNamed = ({ name: own, letter }: Flag): boolean => own === name || letter === name;
    const flag = name === undefined ? undefined : flags.find(isNamed);
    if (flag === undefined || flag.takesValue || value === 'true' || value === 'false') continue;
    throw new CommandError(
      'USAGE',
      `${dashes(flag.name)} ${value ?? ''}: expected true or false`,
      `write ${dashes(flag.name)}, or ${dashes(flag.name)}=false where a variable or a file says true`,
    );
  }
}

/** The page of the command that the first words name, as far as they name one. */
function pageOf(argv: readonly string[], program: Page): Page {
  let page = program;
  for (const word of argv) {
    const next = page.commands.find((command) => lastWord(command) === word);
    if (next === undefined) break;
    page = next;
  }
  return page;
}

/** yargs names a flag that it does not know twice, and an unknown command not at all. */
function plain(message: string, page: Page, program: Page): string {
  if (message.startsWith('Not enough non-option arguments')) return 'an argument is missing';
  const flag = /^Not enough arguments following: (.*)$/.exec(message)?.[1];
  if (flag !== undefined) return `${dashes(flag)} needs a value`;
  const [, argument, given, choices] =
    /^Invalid values:\s*Argument: (\S+), Given: "(.*)", Choices: (.*)$/.exec(message) ?? [];
  if (argument !== undefined) {
    return `${argument} ${given ?? ''}: expected one of ${(choices ?? '').replaceAll('"', '')}`;
  }
  const names = /^Unknown arguments?: (.*)$/.exec(message)?.[1]?.split(', ');
  if (names === undefined) return message.replace(/^Did you mean/, 'no such command; did you mean');
  const typed = names.filter(
    (name) => !names.includes(name.replace(/[A-Z]/g, dashed)) || name === name.toLowerCase(),
  );
  return `no such flag or argument: ${typed.join(', ')}${suggestion(typed, page, program)}`;
}

const dashed = (letter: string): string => `-${letter.toLowerCase()}`;
const dashes = (name: string): string => (name.length === 1 ? `-${name}` : `--${name}`);

/** Of the command's own flags the nearest; else the command that has one of just this name. */
function suggestion(typed: readonly string[], page: Page, program: Page): string {
  const own = page.flags.map(({ name }) => name);
  const negated = typed.find((name) => own.includes(name.replace(/^no-/, '')));
  if (negated !== undefined) return `; did you mean --${negated.slice(3)}=false?`;
  const meant = typed.map((name) => nearestOf(name, own)).find((name) => name !== undefined);
  if (meant !== undefined) return `; did you mean --${meant}?`;
  const other = allPages(program).find(({ flags }) =>
    flags.some(({ name }) => typed.includes(name)),
  );
  return other === undefined ? '' : `; it is a flag of "dockgate ${other.command}"`;
}
