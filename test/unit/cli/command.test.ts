import type { CommandModule } from 'yargs';
import { describe, expect, it } from 'vitest';
import yargs from 'yargs';
import { loadCommand, type Command } from '../../../src/cli/command.ts';
import { loadCommands } from '../../../src/cli/commands.ts';

/** A group of two, which notes whose code was loaded, and what ran. */
function commands(): {
  readonly group: Command;
  readonly loaded: string[];
  readonly ran: object[];
} {
  const loaded: string[] = [];
  const ran: object[] = [];
  const single = (name: string): Command => ({
    command: `${name} <what>`,
    describe: `Does ${name}`,
    load: () => {
      loaded.push(name);
      return Promise.resolve({
        builder: (argv) =>
          argv
            .positional('what', { type: 'string', demandOption: true })
            .options({ size: { alias: 's', type: 'number', default: 3, describe: 'How large' } })
            .option('all', { type: 'boolean', describe: 'Everything' })
            .group(['all'], 'Much:')
            .example(`$0 ${name} x`, 'an example')
            .epilogue('The end.'),
        handler: (argv: object) => {
          ran.push(argv);
        },
      });
    },
  });
  const group = {
    command: 'do',
    describe: 'Does things',
    commands: [single('this'), single('that')],
  };
  return { group, loaded, ran };
}

async function outcome(command: CommandModule, words: readonly string[]): Promise<string> {
  let said = '';
  await yargs([...words])
    .command(command)
    .strict()
    .exitProcess(false)
    .fail((message: string | undefined, error: Error | undefined) => {
      throw error ?? new Error(message);
    })
    .parseAsync([...words], {}, (_error, _argv, output) => {
      said += output;
    });
  return said;
}

describe('a command', () => {
  it('is loaded where it is named, and no other is', async () => {
    const { group, loaded, ran } = commands();
    const words = ['do', 'that', 'x', '-s', '5'];
    await outcome(await loadCommand(group, (word) => words.includes(word)), words);
    expect(loaded).toEqual(['that']);
    expect(ran).toMatchObject([{ what: 'x', size: 5, s: 5 }]);
  });

  it('is in the list of its group without having been loaded', async () => {
    const { group, loaded } = commands();
    const help = await outcome(await loadCommand(group, (word) => word === 'do'), ['do', '--help']);
    expect(help).toMatch(/do this <what> +Does this\n.*do that <what> +Does that/);
    expect(loaded).toEqual([]);
  });

  it('that was not loaded does not pass for one that did its work', async () => {
    const { group } = commands();
    const unnamed = await loadCommand(group, (word) => word === 'do');
    await expect(outcome(unnamed, ['do', 'this', 'x'])).rejects.toThrow('was not loaded');
  });

  it('shows in its help what yargs is not told otherwise', async () => {
    const { group } = commands();
    const help = await outcome(await loadCommand(group, () => true), ['do', 'this', '--help']);
    for (const words of ['How large', '[default: 3]', 'Much:', 'an example', 'The end.']) {
      expect(help).toContain(words);
    }
  });

  it('refuses the same flags as it would with help', async () => {
    const { group } = commands();
    const command = await loadCommand(group, () => true);
    await expect(outcome(command, ['do', 'this', 'x', '--sise', '5'])).rejects.toThrow('sise');
    await expect(outcome(command, ['do', 'this'])).rejects.toThrow('Not enough');
  });
});

describe('the commands of dockgate', () => {
  it('come without the code of those that the command line does not name', async () => {
    const listed = await loadCommands(['--certs', 'serve', 'health', '--json']);
    const withCode = listed.filter(({ builder }) => builder !== undefined);
    expect(withCode.map(({ command }) => command)).toEqual(['serve', 'health']);
    expect(listed.length).toBeGreaterThan(10);
  });
});
