import { allPages, lastWord, type Flag, type Page } from './pages.ts';

/** The completion script of zsh, to be sourced or put as `_dockgate` on its fpath. */
export function zshCompletion(program: Page): string {
  const pages = allPages(program);
  const commands = pages.filter(({ command }) => command !== '');
  return `#compdef dockgate
# zsh completion for dockgate: source <(dockgate completion zsh)
_dockgate() {
  local command='' word
  local -a commands
  integer i=2
  while (( i < CURRENT )); do
    word="\${command:+$command }\${words[i]}"
    case $word in
      (${commands.map(({ command }) => quoted(command)).join('|')}) command=$word ;;
      (*) break ;;
    esac
    (( i++ ))
  done
  # What is left is the command's own.
  words=(dockgate "\${(@)words[i,-1]}")
  (( CURRENT -= i - 2 ))
  case $command in
${pages.map(caseOf).join('\n')}
  esac
}
if [[ $funcstack[1] == _dockgate ]]; then _dockgate "$@"; else compdef _dockgate dockgate; fi
`;
}

function caseOf(page: Page): string {
  const commands = page.commands.map((child) => quoted(`${lastWord(child)}:${child.describe}`));
  const isGroup = commands.length > 0;
  const specs = [...page.flags.flatMap(specsOf), isGroup ? "'1: :->command'" : restOf(page)];
  return [
    `    (${quoted(page.command)})`,
    `      commands=(${commands.join(' ')})`,
    `      _arguments -s -S ${specs.join(' ')} && return`,
    ...(isGroup ? ['      [[ $state == command ]] && _describe command commands'] : []),
    '      ;;',
  ].join('\n');
}

function restOf({ positionals }: Page): string {
  return `'*: :${actionOf(positionals.flatMap(({ values }) => values))}'`;
}

/** `'*--san=[…]:value:_files'`: each spelling of a flag excludes the others, unless it may be repeated. */
function specsOf({ name, letter, describe, takesValue, values, repeatable }: Flag): string[] {
  const spellings = [`--${name}`, ...(letter === undefined ? [] : [`-${letter}`])];
  const before = repeatable ? '*' : `(${spellings.join(' ')})`;
  const value = takesValue ? `:${name}:${actionOf(values)}` : '';
  const help = describe.replace(/[\\[\]:]/g, '\\$&');
  return spellings.map((spelling) => {
    const sign = takesValue ? (spelling.startsWith('--') ? '=' : '+') : '';
    return quoted(`${before}${spelling}${sign}[${help}]${value}`);
  });
}

function actionOf(values: readonly string[]): string {
  return values.length > 0 ? `(${values.join(' ')})` : '_files';
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
