import { inConstraints, listed, quoted, shortened } from './common.ts';
import { fields, report, type At, type Check } from './inspection.ts';

/** Options that only say what is kept, and how much of it. */
const PLAIN: ReadonlySet<string> = new Set(
  `max-size max-file max-buffer-size mode compress labels labels-regex env env-regex tag
  cache-disabled cache-max-size cache-max-file cache-compress`.split(/\s+/),
);

/**
 * Options of a log driver. Without a driver they go to the daemon's default one, which may be any,
 * so they are judged by themselves.
 */
const logOptions: Check<Readonly<Record<string, string>>> = (options, at) => {
  for (const [name, value] of Object.entries(options)) checkOption(name, value, at);
};

function checkOption(name: string, value: string, at: At): void {
  if (PLAIN.has(name) || at.on.constraints.permits('log-options', `${name}=${value}`)) return;
  // The value may be a token.
  const needed = inConstraints('log-options', `${shortened(name)}=…`);
  report(at, `the option ${quoted(name)} of a log driver is not allowed so`, needed);
}

export const logConfig = fields<{
  readonly Type?: string;
  readonly Config?: Readonly<Record<string, string>>;
}>({ Type: listed('log-drivers'), Config: logOptions });

export const serviceLogDriver = fields<{
  readonly Name?: string;
  readonly Options?: Readonly<Record<string, string>>;
}>({ Name: listed('log-drivers'), Options: logOptions });
