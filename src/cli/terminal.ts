import { CommandError, systemCode } from '../errors.ts';

/** Everything a command says goes through here: results to standard output, messages to error. */

/** A line of the result. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The result for scripts. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Rows under their heads: ruled on a terminal, separated by tabs otherwise. */
export async function printTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<void> {
  if (!process.stdout.isTTY) {
    for (const row of [head, ...rows]) print(row.join('\t'));
    return;
  }
  const { default: Table } = await import('cli-table3');
  const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => [...row]));
  print(table.toString());
}

/** Names and their values, one a line. */
export function printFields(fields: readonly (readonly [string, string])[]): void {
  const width = Math.max(...fields.map(([name]) => name.length));
  for (const [name, value] of fields) print(`${name.padEnd(width)}  ${value}`);
}

/** `1 line`, `2 lines`. */
export function many(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Whether standard output took all that was printed. */
export interface OutputWatch {
  /** @throws CommandError `FILE_UNWRITABLE` where it did not; `| head` that has seen enough is no failure. */
  check(): Promise<void>;
  stop(): void;
}

/** Notices where standard output cannot be written, from now on. */
export function watchOutput(): OutputWatch {
  let failure: unknown;
  const onError = (error: unknown): void => {
    failure ??= error;
  };
  process.stdout.on('error', onError);
  return {
    check: async () => {
      // A write that failed is told a moment later.
      await new Promise(setImmediate);
      if (failure === undefined || systemCode(failure) === 'EPIPE') return;
      throw new CommandError(
        'FILE_UNWRITABLE',
        `standard output cannot be written: ${systemCode(failure)}`,
        'look at the disk or the program that it goes to; what was printed is not whole',
        { cause: failure },
      );
    },
    stop: () => process.stdout.off('error', onError),
  };
}

/** A message for the person at the terminal. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/**
 * Says why a command failed: one line that says what is wrong, one that says what to do.
 *
 * @returns the exit code.
 */
export function fail(error: unknown): number {
  if (error instanceof CommandError) {
    note(`dockgate: ${oneLine(error.message)}`);
    note(`hint: ${oneLine(error.hint)}`);
    return error.exitCode;
  }
  note(
    `dockgate: unexpected error: ${oneLine(error instanceof Error ? error.message : String(error))}`,
  );
  note('hint: this is a fault of dockgate; please report it with the command that you ran');
  return 1;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
