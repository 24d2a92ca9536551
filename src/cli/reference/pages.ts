/** The commands as data, for what is written about them: suggestions, completion, man pages. */
import type { Argv, CommandModule, Options, PositionalOptions } from 'yargs';
import { settingOf } from '../../config/settings.ts';
import type { SettingOption } from '../setting-options.ts';

export interface Flag {
  /** Without dashes. */
  readonly name: string;
  readonly letter: string | undefined;
  readonly describe: string;
  readonly takesValue: boolean;
  /** Where only these may be given. */
  readonly values: readonly string[];
  readonly repeatable: boolean;
  /** In words; undefined: none worth telling. */
  readonly defaultText: string | undefined;
  readonly group: string | undefined;
  /** Whether it may stand in the environment and in the file too. */
  readonly isSetting: boolean;
}

export interface Positional {
  readonly name: string;
  readonly describe: string;
  readonly values: readonly string[];
}

export interface Page {
  /** `client add`; empty for dockgate itself. */
  readonly command: string;
  /** With its arguments: `client add <name>`. */
  readonly usage: string;
  readonly describe: string;
  readonly positionals: readonly Positional[];
  readonly flags: readonly Flag[];
  /** As typed, `$0` for the program, and what it is for. */
  readonly examples: readonly (readonly [command: string, describe: string])[];
  readonly notes: readonly string[];
  /** The commands under it, by their last word. */
  readonly commands: readonly Page[];
}

/** The page of the program with those of its commands under it. */
export function programPage(describe: string, commands: readonly CommandModule[]): Page {
  return {
    ...{ command: '', usage: '<command>', describe, positionals: [], examples: [], notes: [] },
    flags: [HELP, flagOf('version', { type: 'boolean', describe: 'Show version number' }, [])],
    // What is not shown in help is not shown elsewhere.
    commands: commands
      .filter(({ describe: words }) => words !== false)
      .map((module) => pageOf(module, '')),
  };
}

/** A page and all under it, from the top. */
export function allPages(page: Page): readonly Page[] {
  return [page, ...page.commands.flatMap(allPages)];
}

/** `client add` → `add`. */
export function lastWord({ command }: Page): string {
  return command.split(' ').at(-1) ?? '';
}

const HELP: Flag = {
  ...{ name: 'help', letter: 'h', describe: 'Show help', takesValue: false, values: [] },
  ...{ repeatable: false, defaultText: undefined, group: undefined, isSetting: false },
};

function pageOf(module: CommandModule, parent: string): Page {
  const [words = ''] = [module.command ?? ''].flat();
  const own = words.replace(/ [<[].*$/, '');
  const command = parent === '' ? own : `${parent} ${own}`;
  const told = listen(module);
  const groupOf = new Map(
    told.groups.flatMap(([names, group]) => names.map((name) => [name, group])),
  );
  return {
    command,
    usage: parent === '' ? words : `${parent} ${words}`,
    describe: typeof module.describe === 'string' ? module.describe : '',
    positionals: told.positionals,
    flags: [...told.flags.map(([name, option]) => flagOf(name, option, groupOf)), HELP],
    examples: told.examples,
    notes: told.notes,
    commands: told.commands.map((child) => pageOf(child, command)),
  };
}

function flagOf(
  name: string,
  option: SettingOption,
  groups: Iterable<readonly [string, string]>,
): Flag {
  const { describe = '', type, alias, choices = [], defaultDescription } = option;
  const fallback: unknown = option.default;
  const isWorthTelling = typeof fallback === 'string' || typeof fallback === 'number';
  return {
    ...{ name, describe, takesValue: type !== 'boolean', repeatable: option.array === true },
    letter: [alias ?? []].flat().find(({ length }) => length === 1),
    values: (option.values ?? choices).map(String),
    defaultText: defaultDescription ?? (isWorthTelling ? String(fallback) : undefined),
    group: new Map(groups).get(name),
    isSetting: settingOf(name) !== undefined,
  };
}

/** What the builder of a command tells yargs. */
interface Told {
  readonly flags: [string, Options][];
  readonly positionals: Positional[];
  readonly examples: [string, string][];
  readonly notes: string[];
  readonly groups: [string[], string][];
  readonly commands: CommandModule[];
}

/**
 * Calls the builder with a listener in place of yargs, which keeps what it was told to itself. What says nothing about flags and
 * words (`demandCommand`, `parserConfiguration`, …) is not listened to; a test holds the result against yargs' own help.
 */
function listen({ builder }: CommandModule): Told {
  const told: Told = {
    flags: [],
    positionals: [],
    examples: [],
    notes: [],
    groups: [],
    commands: [],
  };
  const listener = {
    options: (options: Record<string, Options>) => {
      told.flags.push(...Object.entries(options));
      return deaf;
    },
    option: (name: string, option: Options) => listener.options({ [name]: option }),
    positional: (name: string, { describe = '', choices = [] }: PositionalOptions) => {
      told.positionals.push({ name, describe, values: choices.map(String) });
      return deaf;
    },
    example: (command: string, describe: string) => {
      told.examples.push([command, describe]);
      return deaf;
    },
    epilogue: (text: string) => {
      told.notes.push(text);
      return deaf;
    },
    group: (names: string[], title: string) => {
      told.groups.push([[names].flat(), title]);
      return deaf;
    },
    command: (module: CommandModule) => {
      told.commands.push(module);
      return deaf;
    },
  };
  const deaf: Argv = new Proxy(listener as unknown as Argv, {
    get: (target, method): unknown => Reflect.get(target, method) ?? (() => deaf),
  });
  if (typeof builder === 'function') void builder(deaf);
  return told;
}
