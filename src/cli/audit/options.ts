import type { Argv } from 'yargs';
import { findTrail, trailOfFiles, type Chain } from '../../audit/read/files.ts';
import type { FilterOptions } from '../../audit/read/filter.ts';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { parseDuration } from '../../config/units.ts';
import { CommandError } from '../../errors.ts';

/** Which log a command reads. */
export interface LogArguments {
  'audit-log': string | undefined;
  config: string | undefined;
}

export const LOG_OPTIONS = {
  'audit-log': {
    type: 'string',
    requiresArg: true,
    describe: 'The log that "serve" writes; rotated and compressed files beside it are read too',
    defaultDescription: './logs/audit.jsonl',
  },
  config: {
    type: 'string',
    requiresArg: true,
    describe: 'YAML file of "serve" that names the log',
  },
} as const;

/** What to look for. */
export interface FilterArguments extends LogArguments {
  user: string[] | undefined;
  role: string[] | undefined;
  action: string[] | undefined;
  effect: string[] | undefined;
  container: string[] | undefined;
  image: string[] | undefined;
  remote: string[] | undefined;
  status: string[] | undefined;
  decision: 'allow' | 'deny' | 'warn' | undefined;
  event: string[] | undefined;
  since: string | undefined;
  until: string | undefined;
}

const many = (describe: string) => ({ type: 'string', array: true, nargs: 1, describe }) as const;

const FILTER_OPTIONS = {
  user: many('User; this and the next may be repeated, one of each has to fit'),
  role: many('Role'),
  action: many('Action, such as container.create; * and ? stand for anything'),
  effect: many('Effect class, such as exec, destroy, host-admin'),
  container: many('Container: name, id or beginning of an id'),
  image: many('Image; without a tag, any'),
  remote: many("Beginning of the peer's address"),
  status: many('HTTP status: 403, 4xx, ">=400", 400-499'),
  decision: {
    choices: ['allow', 'deny', 'warn'] as const,
    describe: 'Served, refused, or served although a policy would refuse it',
  },
  event: many('Event; without it, all but intent, checkpoint and log-*'),
  since: { type: 'string', requiresArg: true, describe: 'From: 2h, 7d, or a date and time' },
  until: { type: 'string', requiresArg: true, describe: 'Up to, likewise' },
} as const;

/** Adds the options that say what to look for. */
export function withFilter(yargs: Argv): Argv<FilterArguments> {
  return yargs
    .options({ ...LOG_OPTIONS, ...FILTER_OPTIONS })
    .group(Object.keys(FILTER_OPTIONS), 'What to look for:');
}

/**
 * @param now ms since the epoch; `2h` is so long before.
 * @throws CommandError `USAGE`.
 */
export function filterOf(
  argv: FilterArguments & { id?: string[] | undefined },
  now: number,
): FilterOptions {
  const { user, role, action, effect, container, image, remote, status, decision, event } = argv;
  return {
    ...{ user, role, action, effect, container, image, remote, status, decision, event },
    id: argv.id,
    since: readTime('since', argv.since, now),
    until: readTime('until', argv.until, now),
  };
}

/** `2h`, `7d`: before now. A date, a date and time without a zone: UTC, as the log has it. */
function readTime(name: string, text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  if (ago !== undefined) return now - ago;
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text);
  const isDate = /^\d{4}-\d\d-\d\d/.test(text);
  const time = isDate ? Date.parse(hasZone || text.length === 10 ? text : `${text}Z`) : NaN;
  if (Number.isFinite(time)) return time;
  throw new CommandError(
    'USAGE',
    `--${name} ${text} is no time`,
    'write 2h, 7d, 2026-03-01 or 2026-03-01T12:00 (UTC)',
  );
}

/** The path of the log: flag, `DOCKGATE_AUDIT_LOG`, `--config`, default. @throws CommandError. */
export function logPath(argv: LogArguments): string {
  const { auditLog } = configOf(argv);
  if (auditLog !== '-') return auditLog;
  throw new CommandError(
    'USAGE',
    'the trail goes to standard output, so there is no log to read',
    'name a file with --audit-log',
  );
}

/** What a gate with these settings does. @throws CommandError. */
export function configOf(argv: LogArguments): Config {
  return loadConfig({ 'audit-log': argv['audit-log'], config: argv.config }, process.env);
}

/** The chains of the log, or of the files that were named. */
export async function trailOf(argv: LogArguments, files: readonly string[] = []): Promise<Chain[]> {
  return files.length === 0 ? findTrail(logPath(argv)) : trailOfFiles(files);
}

/** @throws CommandError `USAGE` for a number of lines that is none. */
export function wholeNumber(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0) return value;
  // What yargs could not read as a number is lost.
  const given = Number.isNaN(value) ? '' : ` ${value}`;
  throw new CommandError(
    'USAGE',
    `--${name}${given} has to be a whole number`,
    `write --${name} 20`,
  );
}
