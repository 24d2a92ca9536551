import type { Options } from 'yargs';
import type { SettingName } from '../config/schema.ts';
import { SETTINGS, type Setting } from '../config/settings.ts';

/** A flag of the command line for each setting of the schema. */
export type SettingOptions = Readonly<Record<SettingName, SettingOption>>;

export interface SettingOption extends Options {
  /** What may be given. Not yargs' `choices`: the loader checks all settings together, wherever they were given. */
  readonly values?: readonly string[];
}

export function settingOptions(): SettingOptions {
  return Object.fromEntries(
    SETTINGS.map((setting) => [setting.name, optionOf(setting)]),
  ) as SettingOptions;
}

/**
 * yargs is told no default: a flag that is not given must not win over the environment and the file. Values stay text
 * until it is known where they come from, so that a message can repeat what was typed.
 */
function optionOf(setting: Setting): SettingOption {
  const { kind, description: describe, choices: values = [] } = setting;
  const shared = { describe, ...aliasOf(setting), ...defaultOf(setting) };
  const text = { ...shared, type: 'string', requiresArg: true } as const;
  switch (kind) {
    case 'boolean':
      return { ...shared, type: 'boolean' };
    case 'list':
      return { ...shared, type: 'string', array: true, nargs: 1 };
    case 'choice':
      return { ...text, describe: `${describe} [${values.join('|')}]`, values };
    default:
      return text;
  }
}

function aliasOf({ alias }: Setting): Options {
  return alias === undefined ? {} : { alias };
}

function defaultOf({ kind, defaultValue, defaultDescription }: Setting): Options {
  const text = defaultDescription ?? [defaultValue ?? []].flat().map(String).join(', ');
  return text === '' || kind === 'boolean' ? {} : { defaultDescription: text };
}
