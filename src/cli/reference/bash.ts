import { allPages, lastWord, type Page } from './pages.ts';

/** The completion script of bash. It knows everything by itself: no TAB starts the program, or reads what was typed as code. */
export function bashCompletion(program: Page): string {
  const pages = allPages(program);
  const commands = pages.filter(({ command }) => command !== '');
  const valued = pages.flatMap(({ command, flags }) =>
    flags.filter(({ takesValue }) => takesValue).map((flag) => ({ command, flag })),
  );
  return `# bash completion for dockgate: source <(dockgate completion bash)
_dockgate() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command='' values='' i
  # "--flag=value" comes as three words.
  if [[ $cur == = ]]; then cur=''; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${command:+$command }\${COMP_WORDS[i]}" in
      ${commands.map(({ command }) => `'${command}'`).join(' | ')})
        command="\${command:+$command }\${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$command $prev" in
${valued
  .map(
    ({ command, flag }) =>
      `    ${names(flag)
        .map((name) => `'${command} ${name}'`)
        .join(' | ')}) values='${flag.values.join(' ')}' ;;`,
  )
  .join('\n')}
    *) values=- ;;
  esac
  # A value: one of those that there are, or a file, which bash finds by itself.
  if [[ $values != - ]]; then
    [[ -z $values ]] || mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur")
    return
  fi
  case "$command" in
${pages.map((page) => `    '${page.command}') values='${wordsOf(page)}' ;;`).join('\n')}
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur")
  else
    mapfile -t COMPREPLY < <(compgen -W "$values" -X '-*' -- "$cur")
  fi
}
complete -o bashdefault -o default -F _dockgate dockgate
`;
}

function names({ name, letter }: Page['flags'][number]): string[] {
  return [`--${name}`, ...(letter === undefined ? [] : [`-${letter}`])];
}

function wordsOf({ commands, positionals, flags }: Page): string {
  const words = [...commands.map(lastWord), ...positionals.flatMap(({ values }) => values)];
  return [...words, ...flags.map(({ name }) => `--${name}`)].join(' ');
}
