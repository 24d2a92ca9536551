import type { Argv, Options } from 'yargs';

/**
 * yargs lays out the help of a command at each run of it, whether or not it is asked for, which takes longer than to read the
 * arguments. The builder that comes out tells it only what arguments are read by, except for `--help`.
 *
 * @returns a builder that yargs tells as its second argument whether there is help to show.
 */
export function withoutHelp(builder: (yargs: Argv) => unknown) {
  return (yargs: Argv, isHelp?: boolean): Argv => {
    builder(isHelp === false ? quiet(yargs) : yargs);
    return yargs;
  };
}

/** Passes everything on but what only help shows. */
function quiet(yargs: Argv): Argv {
  const heard = {
    options: (options: Readonly<Record<string, Options>>) => {
      yargs.options(hidden(options));
      return told;
    },
    example: () => told,
    epilogue: () => told,
    group: () => told,
  };
  const told: Argv = new Proxy(yargs, {
    get: (target, method): unknown =>
      Reflect.get(heard, method) ??
      ((...args: readonly unknown[]) => {
        Reflect.apply(Reflect.get(target, method) as () => unknown, target, args);
        return told;
      }),
  });
  return told;
}

function hidden(options: Readonly<Record<string, Options>>): Record<string, Options> {
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, { ...option, hidden: true }]),
  );
}
