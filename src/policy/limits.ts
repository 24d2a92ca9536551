import type { LimitSettings } from './schema.ts';
import type { CallLimits } from './types.ts';

/** Of each limit the smallest: limits take away, whichever role or entry they are from. */
export function smallest(all: readonly LimitSettings[]): CallLimits {
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
