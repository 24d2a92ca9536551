/** `dockgate completion`: the script that makes a shell complete commands and flags. */
import type { Argv, ArgumentsCamelCase } from 'yargs';
import type { CommandCode } from './command.ts';
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
export function completionOf(reference: () => Promise<Page>): CommandCode {
  return {
    builder,
    handler: async ({ shell }: ArgumentsCamelCase<CompletionArguments>) => {
      print(SCRIPTS[shell](await reference()).trimEnd());
    },
  };
}

function builder(yargs: Argv): Argv<CompletionArguments> {
  return yargs
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
    .example('$0 completion fish > ~/.config/fish/completions/dockgate.fish', 'for fish');
}
