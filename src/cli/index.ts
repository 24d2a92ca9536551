import yargs, { type CommandModule } from 'yargs';
import { COMMANDS, SUMMARY } from './commands.ts';
import { version } from '../app/version.ts';
import { fail, watchOutput } from './terminal.ts';
import { checkSwitches, usageError } from './usage-error.ts';

/**
 * Runs the command that `argv` names.
 *
 * @param argv the arguments after `node` and the script.
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage or configuration.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const cli = yargs([...argv])
    .scriptName('dockgate')
    .usage(
      `$0 <command>

${SUMMARY}`,
    )
    .command([...COMMANDS] as CommandModule[])
    .demandCommand(1, 'name a command')
    .recommendCommands()
    .parserConfiguration({ 'boolean-negation': false })
    .strict()
    .version(version())
    .alias('help', 'h')
    .exitProcess(false)
    .wrap(Math.min(100, process.stdout.columns || 80))
    .showHelpOnFail(false)
    // yargs gives a message for wrong usage, and the error itself for what a command threw.
    .fail((message: string | undefined, error: Error | undefined) => {
      if (error !== undefined && error.name !== 'YError') throw error;
      throw usageError(message, argv);
    });
  const output = watchOutput();
  try {
    checkSwitches(argv);
    await cli.parseAsync();
    await output.check();
    return 0;
  } catch (error) {
    return fail(error);
  } finally {
    output.stop();
  }
}
