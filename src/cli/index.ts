import yargs, { type CommandModule } from 'yargs';
import { loadCommands, reference, SUMMARY } from './commands.ts';
import { programPage } from './reference/pages.ts';
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
  const output = watchOutput();
  try {
    const commands = await loadCommands(argv);
    checkSwitches(argv, programPage(SUMMARY, commands));
    await parser(argv, commands).parseAsync();
    await output.check();
    return 0;
  } catch (error) {
    if (!(error instanceof Misused)) return fail(error);
    return fail(usageError(error.said, argv, await reference()));
  } finally {
    output.stop();
  }
}

function parser(argv: readonly string[], commands: readonly CommandModule[]) {
  return (
    yargs([...argv])
      .scriptName('dockgate')
      // Its messages are read by usage-error.ts, and stand beside our own.
      .locale('en')
      .usage(
        `$0 <command>

${SUMMARY}`,
      )
      .command([...commands])
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
        throw new Misused(message);
      })
  );
}

/** What yargs calls wrong usage. */
class Misused extends Error {
  readonly said: string | undefined;

  constructor(said: string | undefined) {
    super(said);
    this.said = said;
  }
}
