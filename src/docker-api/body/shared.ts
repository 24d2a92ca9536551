import { list, map, pointer } from '../json/collections.ts';
import { boolean, int64, string } from '../json/scalars.ts';
import { struct } from '../json/struct.ts';

/** Types that the bodies of several calls share (moby api/types). */

export const strings = list(string);
export const stringMap = map(string);
export const optionalBoolean = pointer(boolean);
export const optionalInt64 = pointer(int64);

/** go-units Ulimit. */
export const ulimits = list(pointer(struct({ Name: string, Hard: int64, Soft: int64 })));

/** api/types/container/config.go HealthConfig; durations in nanoseconds. */
export const healthConfig = pointer(
  struct({
    Test: strings,
    Interval: int64,
    Timeout: int64,
    StartPeriod: int64,
    StartInterval: int64,
    Retries: int64,
  }),
);
