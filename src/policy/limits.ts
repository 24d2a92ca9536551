import type { LimitSettings } from './schema.ts';
import type { CallLimits } from './types.ts';
import type { Entry } from './who.ts';

/**
 * What a caller may take at a time: of each limit for himself the smallest, whichever role or entry
 * it is from, and with all others who have a role what that role may take.
 *
 * @param meant the entries that mean the caller.
 */
export function limitsOf(meant: readonly Entry[]): readonly CallLimits[] {
  if (!meant.some(isLimited)) return UNLIMITED;
  const roles = meant.flatMap((entry) => entry.roles);
  const own = smallest([
    ...meant.map(({ limits }) => limits).filter((limits) => limits !== undefined),
    ...roles.flatMap(({ limits }) => limits),
  ]);
  // A role that two others inherit from is one.
  const shared = new Map(roles.flatMap((role) => role.sharedLimits));
  const ofRoles = [...shared].map(([role, limits]) => ({ role, ...smallest([limits]) }));
  return own === undefined ? ofRoles : [own, ...ofRoles];
}

const UNLIMITED: readonly CallLimits[] = [];

/** Most are not, and every call asks. */
function isLimited({ limits, roles }: Entry): boolean {
  return (
    limits !== undefined ||
    roles.some((role) => role.limits.length > 0 || role.sharedLimits.length > 0)
  );
}

function smallest(all: readonly LimitSettings[]): CallLimits | undefined {
  if (all.length === 0) return undefined;
  const of = (name: keyof LimitSettings): number | undefined => {
    const values = all.map((limits) => limits[name]).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : Math.min(...values);
  };
  return {
    callsPerSecond: of('calls-per-second'),
    concurrentCalls: of('concurrent-calls'),
    streams: of('streams'),
    builds: of('builds'),
  };
}
