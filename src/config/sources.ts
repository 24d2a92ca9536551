/** The places that settings come from, each read into the same form. */
import fs from 'node:fs';
import { CommandError, systemCode } from '../errors.ts';
import { guess } from '../nearest.ts';
import { readDocument } from '../yaml.ts';
import { PREFIX, settingOf, SETTINGS, type Setting } from './settings.ts';

export type Source = 'flag' | 'environment' | 'file' | 'default';

/** A value and who gave it. */
export interface Given {
  readonly value: unknown;
  readonly source: Source;
  /** As a message names it: `--certs`, `DOCKGATE_CERTS`, `/etc/dockgate.yaml:3: certs`. */
  readonly place: string;
}

/** What one place says, by name of the setting. */
export type Layer = ReadonlyMap<string, Given>;

/** @param flags by setting name; undefined where the command line did not give it. */
export function fromFlags(flags: Readonly<Record<string, unknown>>): Layer {
  const layer = new Map<string, Given>();
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    layer.set(name, { value: read(name, value), source: 'flag', place: `--${name}` });
  }
  return layer;
}

/**
 * `DOCKGATE_DOCKER_HOST` → `docker-host`; lists are separated by commas.
 *
 * @param problems gets those of variables that mean nothing.
 */
export function fromEnvironment(env: NodeJS.ProcessEnv, problems: string[]): Layer {
  const layer = new Map<string, Given>();
  for (const [place, text] of Object.entries(env)) {
    if (!place.startsWith(PREFIX) || text === undefined || isOfKubernetes(place)) continue;
    const setting = BY_VARIABLE.get(place);
    if (setting === undefined) problems.push(noSuchVariable(place));
    else {
      const value = setting.kind === 'list' ? itemsOf(text) : read(setting.name, text);
      layer.set(setting.name, { value, source: 'environment', place });
    }
  }
  return layer;
}

/**
 * @param problems gets those of names that mean nothing, with their lines.
 * @throws CommandError `FILE_UNREADABLE`, `CONFIG_INVALID` where it is not YAML.
 */
export function fromFile(file: string, problems: string[]): Layer {
  const document = readDocument(textOf(file));
  const { value, problems: found } = document;
  if (found.length > 0) {
    throw notYaml(found.map(({ line, message }) => `${file}:${line}: ${message}`).join('; '));
  }
  if (value === null) return new Map();
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw notYaml(`${file}:1: expected "name: value" lines`);
  }
  const layer = new Map<string, Given>();
  for (const [name, content] of Object.entries(value)) {
    const place = `${file}:${document.locate([name]).line}: ${name}`;
    if (name === 'config') problems.push(`${place}: a file names no other; give it as --config`);
    else if (settingOf(name) === undefined) problems.push(place + noSuchSetting(name, NAMES));
    else layer.set(name, { value: content, source: 'file', place });
  }
  return layer;
}

const NAMES = SETTINGS.map(({ name }) => name).filter((name) => name !== 'config');
const BY_VARIABLE: ReadonlyMap<string, Setting> = new Map(
  SETTINGS.map((setting) => [setting.variable, setting]),
);

function noSuchSetting(name: string, names: readonly string[]): string {
  return `: there is no such setting${guess(name, names)}`;
}

/** The text of the variable may be a secret: it is not shown. */
function noSuchVariable(variable: string): string {
  const name = variable.slice(PREFIX.length);
  const names = SETTINGS.map((setting) => setting.variable.slice(PREFIX.length));
  const meant = guess(name, names).replace('mean "', `mean "${PREFIX}`);
  return `${variable}: there is no such setting${meant}`;
}

/**
 * Kubernetes tells each pod of each service, by variables of its name: of one that is called `dockgate`,
 * `DOCKGATE_SERVICE_HOST`, `DOCKGATE_PORT_2376_TCP` and others. They are not for us.
 */
function isOfKubernetes(variable: string): boolean {
  return /^DOCKGATE_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/.test(
    variable,
  );
}

function itemsOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Text of a flag or a variable as what its setting is; what does not fit stays text, and is refused as such. */
function read(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const kind = settingOf(name)?.kind;
  if (kind === 'boolean' && /^(?:true|false)$/.test(value)) return value === 'true';
  if (kind === 'number' && /^-?\d+(?:\.\d+)?$/.test(value)) return Number(value);
  return value;
}

function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(
      'FILE_UNREADABLE',
      `the configuration ${file} cannot be read: ${systemCode(error)}`,
      'check the path given with --config and its permissions',
      { cause: error },
    );
  }
}

function notYaml(message: string): CommandError {
  return new CommandError(
    'CONFIG_INVALID',
    message,
    'write one "name: value" a line, with the names of the flags of "dockgate serve"',
  );
}
