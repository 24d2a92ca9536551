import { allPages, lastWord, type Flag, type Page } from './pages.ts';

/** The completion script of fish. */
export function fishCompletion(program: Page): string {
  const pages = allPages(program);
  const commands = pages.filter(({ command }) => command !== '');
  return `# fish completion for dockgate: dockgate completion fish | source
function __dockgate_at --description 'Whether the command line is at this command'
  set -l at ''
  for word in (commandline -opc)[2..-1]
    switch (string trim -- "$at $word")
      case ${commands.map(({ command }) => quoted(command)).join(' ')}
        set at (string trim -- "$at $word")
    end
  end
  test "$at" = "$argv[1]"
end
complete -c dockgate -e
${pages.flatMap(linesOf).join('\n')}
`;
}

function linesOf(page: Page): string[] {
  const at = `complete -c dockgate -n ${quoted(`__dockgate_at ${quoted(page.command)}`)}`;
  return [
    ...page.commands.map(
      (child) => `${at} -f -a ${quoted(lastWord(child))} -d ${quoted(child.describe)}`,
    ),
    ...page.positionals
      .filter(({ values }) => values.length > 0)
      .map(({ values }) => `${at} -f -a ${quoted(values.join(' '))}`),
    ...page.flags.map((flag) => `${at} ${flagOf(flag)}`),
  ];
}

function flagOf({ name, letter, describe, takesValue, values }: Flag): string {
  const short = letter === undefined ? '' : ` -s ${letter}`;
  const files = takesValue ? ' -r -F' : '';
  const value = values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : files;
  return `-l ${name}${short}${value} -d ${quoted(describe)}`;
}

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
