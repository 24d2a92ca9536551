import { variableOf } from '../../config/settings.ts';
import { allPages, lastWord, type Flag, type Page } from './pages.ts';
import { bold, entry, example, italic, section, text, titled } from './roff.ts';

/** A page of section 1. */
export interface ManPage {
  /** `dockgate-client-add.1`. */
  readonly file: string;
  readonly roff: string;
}

/**
 * A man page for the program and for each command.
 *
 * @param date of the pages, `2026-03-01`.
 */
export function manPages(program: Page, version: string, date: string): ManPage[] {
  return allPages(program).map((page) => ({
    file: `${nameOf(page)}.1`,
    roff: `${linesOf(page, program, titled(nameOf(page), date, version)).join('\n')}\n`,
  }));
}

function linesOf(page: Page, program: Page, title: readonly string[]): string[] {
  const isServe = page.command === 'serve';
  return [
    ...title,
    ...section('NAME', [text(`${nameOf(page)} - ${page.describe.replace(/\.$/, '')}`)]),
    ...section('SYNOPSIS', [synopsis(page)]),
    ...section('COMMANDS', page.commands.flatMap(commandEntry)),
    ...section(
      'ARGUMENTS',
      page.positionals.flatMap(({ name, describe }) => entry(italic(name), text(describe))),
    ),
    ...optionSections(page),
    ...section('NOTES', page.notes.map(text)),
    ...section('ENVIRONMENT', isServe ? environment(page) : []),
    ...section(
      'SIGNALS',
      isServe ? SIGNALS.flatMap(([name, what]) => entry(bold(name), text(what))) : [],
    ),
    ...section(
      'EXIT STATUS',
      EXIT.flatMap(([code, what]) => entry(bold(code), text(what))),
    ),
    ...section(
      'EXAMPLES',
      page.examples.flatMap(([line, what], index) => [
        ...(index === 0 ? [] : ['.PP']),
        ...example(line.replaceAll('$0', 'dockgate'), `${capital(what)}:`),
      ]),
    ),
    ...section('SEE ALSO', [seeAlso(page, program)]),
  ];
}

const SIGNALS = [
  [
    'SIGTERM, SIGINT',
    'Stop: calls in flight may finish for --shutdown-timeout; a second signal ends them at once.',
  ],
  [
    'SIGHUP',
    'Read policy, certificates and revocation lists anew. They are also taken up when their files change.',
  ],
  ['SIGUSR2', 'Open the audit log again by its name, after it has been moved away.'],
] as const;

const EXIT = [
  ['0', 'Done; of serve: a clean stop.'],
  ['1', 'Failed. Standard error says why in one line, and in one more what to do.'],
  ['2', 'Wrong usage or configuration.'],
] as const;

const nameOf = ({ command }: Page): string =>
  ['dockgate', ...command.split(' ')].filter(Boolean).join('-');
const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

function synopsis({ usage, command, commands }: Page): string {
  const args = usage.slice(command.length).trim();
  const rest = args === '' && commands.length > 0 ? '<command>' : args;
  return [
    bold(`dockgate ${command}`.trim()),
    ...(rest === '' ? [] : [italic(rest)]),
    '[\\fIoptions\\fR]',
  ].join(' ');
}

function commandEntry(page: Page): string[] {
  return entry(`${bold(lastWord(page))} (see ${bold(nameOf(page))}(1))`, text(page.describe));
}

/** Those without a group first. */
function optionSections({ flags }: Page): string[] {
  const groups = new Set([undefined, ...flags.map(({ group }) => group)]);
  return [...groups].flatMap((group) => {
    const title = group === undefined ? 'OPTIONS' : text(group.replace(/:$/, '').toUpperCase());
    return section(title, flags.filter((flag) => flag.group === group).flatMap(flagEntry));
  });
}

function flagEntry({ name, letter, describe, takesValue, defaultText }: Flag): string[] {
  const value = takesValue ? ` ${italic('value')}` : '';
  const term = [...(letter === undefined ? [] : [bold(`-${letter}`)]), bold(`--${name}`)].join(
    ', ',
  );
  const fallback = defaultText === undefined ? '' : ` Default: ${defaultText}.`;
  return entry(term + value, text(`${describe.replace(/\.$/, '')}.${fallback}`));
}

function environment({ flags }: Page): string[] {
  const names = flags.filter(({ isSetting }) => isSetting).map(({ name }) => variableOf(name));
  return [
    text(
      'Each setting may also stand in a variable, lists separated by commas. Flags win over variables, these over the file of --config:',
    ),
    '.PP',
    text(`${names.join(', ')}.`),
  ];
}

function seeAlso({ command, commands }: Page, program: Page): string {
  const parent = allPages(program).find((page) =>
    page.commands.some((child) => child.command === command),
  );
  const others = [...(parent === undefined ? [] : [parent]), ...commands];
  return others.map((page) => `${bold(nameOf(page))}(1)`).join(', ');
}
