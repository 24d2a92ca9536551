import type { Config, SettingName } from './schema.ts';
import { SETTINGS } from './settings.ts';
import {
  fromEnvironment,
  fromFile,
  fromFlags,
  type Given,
  type Layer,
  type Source,
} from './sources.ts';
import { validateSettings } from './validate.ts';

/** Settings as they come from one place, by name; unchecked. */
export type RawSettings = Readonly<Record<string, unknown>>;

/** A setting in force. */
export interface EffectiveSetting {
  readonly name: SettingName;
  /** As it was written; undefined: nobody gave it, and it has no default. */
  readonly value: unknown;
  readonly source: Source;
  /** `--certs`, `DOCKGATE_CERTS`, `/etc/dockgate.yaml:3`, `default`. */
  readonly from: string;
}

/** A configuration, and where each part of it comes from. */
export interface Loaded {
  readonly config: Config;
  readonly settings: readonly EffectiveSetting[];
}

/**
 * Puts the configuration together: flag over environment over file over default.
 *
 * @param flags what the command line gave, by setting name; undefined where it did not.
 * @param env the process environment; `DOCKGATE_*` is read.
 * @throws CommandError `CONFIG_INVALID` that lists every problem at once, `FILE_UNREADABLE`.
 */
export function loadConfig(flags: RawSettings, env: NodeJS.ProcessEnv): Config {
  return loadSettings(flags, env).config;
}

/** As {@link loadConfig}, and says where each setting comes from. */
export function loadSettings(flags: RawSettings, env: NodeJS.ProcessEnv): Loaded {
  const problems: string[] = [];
  const typed = fromFlags(flags);
  const ofProcess = fromEnvironment(env, problems);
  const file = (typed.get('config') ?? ofProcess.get('config'))?.value;
  const written = typeof file === 'string' ? fromFile(file, problems) : new Map<string, Given>();
  const given: Layer = new Map(
    [written, ofProcess, typed].flatMap((layer) => [...withLevel(layer)]),
  );
  const raw = [...given].flatMap(([name, { value }]) => (name === 'config' ? [] : [[name, value]]));
  const config = validateSettings(
    { ...(Object.fromEntries(raw) as RawSettings), config: undefined },
    problems,
    (name) => given.get(name)?.place ?? `--${name}`,
  );
  return { config, settings: effective(given) };
}

/** `debug` is a level, wherever it is said. */
function withLevel(layer: Layer): Layer {
  const debug = layer.get('debug');
  return debug?.value === true
    ? new Map([...layer, ['log-level', { ...debug, value: 'debug' }]])
    : layer;
}

function effective(given: Layer): EffectiveSetting[] {
  return SETTINGS.map(({ name, defaultValue }) => {
    const { value, source, place } = given.get(name) ?? DEFAULT;
    if (source === 'default') return { name, value: defaultValue, source, from: place };
    // A line of a file names the setting as well.
    return { name, value, source, from: source === 'file' ? place.replace(/: [^:]*$/, '') : place };
  });
}

const DEFAULT: Given = { value: undefined, source: 'default', place: 'default' };
