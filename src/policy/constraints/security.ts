import { inConstraints, quoted } from './common.ts';
import { ALL, DEFAULT_CAPABILITIES, normalCapability } from './capabilities.ts';
import { matchesAny } from '../glob.ts';
import { compileGlobs } from '../compile-selectors.ts';
import { each, report, type At, type Check } from './inspection.ts';

/**
 * CapAdd. What every container has may be added again, unless it has to be dropped: the daemon gives
 * what is added even if it is dropped too.
 */
export const capabilitiesToAdd: Check<readonly string[]> = each((text: string, at) => {
  const name = normalCapability(text);
  const { capabilities, requiredDrops } = at.on.constraints;
  const isDefault =
    DEFAULT_CAPABILITIES.has(name) && !requiredDrops.has(name) && !requiredDrops.has(ALL);
  if (isDefault || capabilities.has(name) || capabilities.has(ALL)) return;
  report(at, `the capability ${quoted(text)} is not allowed`, inConstraints('capabilities', name));
});

/** What has to be dropped. ALL covers every one. */
export function checkDrops(drops: readonly string[], at: At): void {
  const dropped = new Set(drops.map(normalCapability));
  for (const name of at.on.constraints.requiredDrops) {
    if (dropped.has(name) || dropped.has(ALL)) continue;
    report(at, `the capability ${name} has to be dropped`, `"CapDrop" with ${quoted(name)}`);
  }
}

const PARSE_BOOL_FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);
const PARSE_BOOL_TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);

/**
 * A security option as the daemon takes it apart (moby daemon/daemon_unix.go parseSecurityOpt): at
 * the first `=`, or without one at the first `:`; flags are words or what strconv.ParseBool reads.
 */
export function normalSecurityOption(text: string): string {
  const separator = text.includes('=') ? '=' : ':';
  const at = text.indexOf(separator);
  const name = at < 0 ? text : text.slice(0, at);
  const value = at < 0 ? undefined : text.slice(at + 1);
  if (FLAGS.has(name)) {
    if (value === undefined || PARSE_BOOL_TRUE.has(value)) return `${name}=true`;
    if (PARSE_BOOL_FALSE.has(value)) return `${name}=false`;
  }
  return value === undefined ? name : `${name}=${value}`;
}

const FLAGS: ReadonlySet<string> = new Set(['no-new-privileges', 'writable-cgroups']);

/** They take power away, or give none. */
const HARMLESS: ReadonlySet<string> = new Set(['no-new-privileges=true', 'writable-cgroups=false']);

export function checkSecurityOptions(options: readonly string[], at: At): void {
  const { constraints } = at.on;
  const normal = options.map(normalSecurityOption);
  for (const [index, option] of normal.entries()) {
    if (HARMLESS.has(option) || constraints.permits('security-options', option)) continue;
    const here = { path: `${at.path}[${index}]`, on: at.on };
    const needed = inConstraints('security-options', option.slice(0, 60));
    report(here, `the security option ${quoted(option)} is not allowed`, needed);
  }
  for (const required of constraints.requiredSecurityOptions) {
    const globs = compileGlobs([normalSecurityOption(required)]);
    if (normal.some((option) => matchesAny(globs, option))) continue;
    report(at, `the security option ${quoted(required)} is missing`, `"SecurityOpt" with it`);
  }
}
