import type { ArgumentsCamelCase } from 'yargs';
import { SETTINGS } from '../config/settings.ts';
import { CommandError } from '../errors.ts';
import { settingOptions, type SettingOptions } from './setting-options.ts';

/** A flag for each setting. Names, kinds, defaults and words stand in config/schema.ts; a new one is added there. */
export const OPTIONS: SettingOptions = settingOptions();

/** What the command line said, by setting name. */
export function flagsOf(args: ArgumentsCamelCase): Record<string, unknown> {
  const flags: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(OPTIONS)) {
    flags[name] = args[name];
    if (Array.isArray(args[name]) && option.array !== true) throw givenTwice(name);
  }
  return flags;
}

function givenTwice(name: string): CommandError {
  const repeatable = SETTINGS.filter(({ kind }) => kind === 'list').map((list) => `--${list.name}`);
  return new CommandError(
    'USAGE',
    `--${name} was given more than once`,
    `give it once; only ${repeatable.join(', ')} may be repeated`,
  );
}
