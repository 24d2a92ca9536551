/** `dockgate completion`: the script that makes a shell complete commands and flags. */
import type { Argv, ArgumentsCamelCase, CommandModule } from 'yargs';
import { bashCompletion } from './reference/bash.ts';
import { fishCompletion } from './reference/fish.ts';
import type { Page } from './reference/pages.ts';
import { zshCompletion } from './reference/zsh.ts';
import { print } from './terminal.ts';

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

interface CompletionArguments {
  shell: keyof typeof SCRIPTS;
}

/** @param reference the commands as they are when it is asked for; this one is among them. */
export function completionCommand(
  reference: () => Page,
): CommandModule<object, CompletionArguments> {
  return {
    command: 'completion <shell>',
    describe: 'Print the completion script of a shell',
    builder: (yargs: Argv) =>
      yargs
        .positional('shell', {
          choices: ['bash', 'zsh', 'fish'] as const,
          demandOption: true,
          describe: 'bash, zsh or fish',
        })
        .example('source <($0 completion bash)', 'for this shell; zsh likewise')
        .example(
          '$0 completion bash > /etc/bash_completion.d/dockgate',
          'for everybody; zsh: /usr/local/share/zsh/site-functions/_dockgate',
        )
        .example('$0 completion fish > ~/.config/fish/completions/dockgate.fish', 'for fish'),
    handler: ({ shell }: ArgumentsCamelCase<CompletionArguments>) => {
      print(SCRIPTS[shell](reference()).trimEnd());
    },
  };
}
