import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { parse, parseDocument } from 'yaml';

/** The files of packaging/systemd/, with what differs from host to host filled in. */
const DIRECTORY = fileURLToPath(new URL('../../packaging/systemd/', import.meta.url));
/** Where the documentation is that the units name. */
const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));

export interface UnitValues {
  /** Absolute paths of Node.js and of dockgate's main.js. */
  readonly node: string;
  readonly program: string;
  /** The group that may write the daemon's socket. */
  readonly group: string;
  /** How long calls in flight may take to finish, ms. */
  readonly shutdownTimeoutMs: number;
}

/** Time to end the trail when all calls are over, s. */
const LAST_WORDS_S = 10;

export function serviceUnit({ node, program, group, shutdownTimeoutMs }: UnitValues): string {
  return filled('dockgate.service', [
    ['/usr/share/doc/dockgate/', specifiersEscaped(DOCS)],
    ['/usr/bin/dockgate ', `${unitWord(node)} ${unitWord(program)} `],
    ['SupplementaryGroups=docker\n', `SupplementaryGroups=${group}\n`],
    [
      'TimeoutStopSec=40\n',
      `TimeoutStopSec=${Math.ceil(shutdownTimeoutMs / 1000) + LAST_WORDS_S}\n`,
    ],
  ]);
}

export function socketUnit(): string {
  return filled('dockgate.socket', [['/usr/share/doc/dockgate/', specifiersEscaped(DOCS)]]);
}

/** @param group that the service's user is a member of. */
export function userFile(group: string): string {
  return filled('sysusers.conf', [['m dockgate docker\n', `m dockgate ${group}\n`]]);
}

/** The settings that a service starts with; what is given replaces what stands there, comments stay. */
export function settingsFile(given: Readonly<Record<string, unknown>>): string {
  const document = parseDocument(read('dockgate.yaml'));
  for (const [name, value] of Object.entries(given)) document.set(name, value);
  return document.toString({ flowCollectionPadding: false });
}

/** @returns those of the given settings that a file of settings says otherwise. */
export function differing(
  file: string,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const there = (parse(readFileSync(file, 'utf8')) ?? {}) as Record<string, unknown>;
  const others = Object.entries(given).filter(
    ([name, value]) => !isDeepStrictEqual(there[name], value),
  );
  return Object.fromEntries(others);
}

function read(name: string): string {
  return readFileSync(DIRECTORY + name, 'utf8');
}

function filled(name: string, values: readonly (readonly [string, string])[]): string {
  return values.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${DIRECTORY}${name} has no "${from.trim()}"`);
    return text.replace(from, () => to);
  }, read(name));
}

/** One argument of ExecStart=, see systemd.service(5), "Command lines". */
function unitWord(text: string): string {
  const escaped = specifiersEscaped(text).replaceAll('$', '$$$$').replace(/["\\]/g, '\\$&');
  return /^[\w@%+:,./-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

function specifiersEscaped(text: string): string {
  return text.replaceAll('%', '%%');
}
