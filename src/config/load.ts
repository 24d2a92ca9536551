import fs from 'node:fs';
import { parse } from 'yaml';
import { CommandError, systemCode } from '../errors.ts';
import { settingsSchema, type Config, type SettingName } from './schema.ts';
import { validateSettings } from './validate.ts';

/** Settings as they come from one place, by name; unchecked. */
export type RawSettings = Readonly<Record<string, unknown>>;

/**
 * Puts the configuration together: flag over environment over file over default.
 *
 * @param flags what the command line gave, by setting name; undefined where it did not.
 * @param env the process environment; `DOCKGATE_*` is read.
 * @throws CommandError `CONFIG_INVALID` that lists every problem at once, `FILE_UNREADABLE`.
 */
export function loadConfig(flags: RawSettings, env: NodeJS.ProcessEnv): Config {
  const fromEnv = readEnvironment(env);
  const file = flags['config'] ?? fromEnv['config'];
  const fromFile = typeof file === 'string' ? readFile(file) : {};
  const unknown = [
    ...unknownNames(fromEnv).map(variableOf),
    ...unknownNames(fromFile).map((name) => `${name} in ${String(file)}`),
    ...('config' in fromFile ? [`config in ${String(file)}`] : []),
  ];
  const merged = { ...fromFile, ...fromEnv, ...given(flags) };
  const known = Object.entries(merged).filter(([name]) =>
    Object.hasOwn(settingsSchema.shape, name),
  );
  return validateSettings(
    { ...Object.fromEntries(known), config: undefined },
    unknown.map((name) => `${name}: there is no such setting`),
  );
}

function given(flags: RawSettings): RawSettings {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}

function unknownNames(settings: RawSettings): string[] {
  return Object.keys(settings).filter((name) => !Object.hasOwn(settingsSchema.shape, name));
}

const PREFIX = 'DOCKGATE_';

function variableOf(name: string): string {
  return PREFIX + name.toUpperCase().replaceAll('-', '_');
}

/** `DOCKGATE_DOCKER_HOST` → `docker-host`; lists are separated by commas. */
function readEnvironment(env: NodeJS.ProcessEnv): RawSettings {
  const settings: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(env)) {
    if (!key.startsWith(PREFIX) || value === undefined) continue;
    const name = key.slice(PREFIX.length).toLowerCase().replaceAll('_', '-');
    settings[name] = fromText(name, value);
  }
  return settings;
}

/** Environment values are text; the schema says what they stand for. */
function fromText(name: string, value: string): unknown {
  const field = settingsSchema.shape[name as SettingName] as { unwrap?: () => unknown } | undefined;
  const kind = (field?.unwrap?.() as { type?: string } | undefined)?.type;
  if (kind === 'array') {
    return value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }
  if (kind === 'boolean' && /^(?:true|false)$/.test(value)) return value === 'true';
  if (kind === 'number' && value.trim() !== '') return Number(value);
  return value;
}

function readFile(file: string): RawSettings {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(
      'FILE_UNREADABLE',
      `the configuration ${file} cannot be read: ${systemCode(error)}`,
      'check the path given with --config and its permissions',
      { cause: error },
    );
  }
  try {
    const settings: unknown = parse(text) ?? {};
    if (typeof settings === 'object' && !Array.isArray(settings)) return settings as RawSettings;
    throw new Error('it is not a list of "name: value" lines');
  } catch (error) {
    throw new CommandError(
      'CONFIG_INVALID',
      `the configuration ${file} is not valid YAML: ${firstLine(error)}`,
      'write one "name: value" a line, with the names of the flags of "dockgate serve"',
      { cause: error },
    );
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
