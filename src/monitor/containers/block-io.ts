/** The lists of `blkio_stats` in the daemon's statistics. */
import { at, num } from './fields.ts';

/** What may be done to a block device, as cgroup v1 writes it; v2 has the first two, in small letters. */
const OPERATIONS: ReadonlyMap<string, string> = new Map(
  ['Read', 'Write', 'Sync', 'Async', 'Discard', 'Total'].map((name) => [name.toLowerCase(), name]),
);

/** One entry of a list of `blkio_stats`. */
export interface BlockEntry {
  /** One of {@link OPERATIONS}; the others add the first two up. */
  readonly operation: string;
  readonly value: number;
  readonly device: string;
  readonly major: string;
  readonly minor: string;
}

/** @param list of which everything is left out that is not as it should be. */
export function blockEntries(
  list: unknown,
  deviceName: (major: number, minor: number) => string,
): readonly BlockEntry[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown): BlockEntry[] => {
    const operation = OPERATIONS.get(String(at(entry, 'op')).toLowerCase());
    const [major, minor] = [num(entry, 'major'), num(entry, 'minor')];
    const value = num(entry, 'value');
    if (operation === undefined || major === undefined || minor === undefined) return [];
    if (value === undefined) return [];
    const device = deviceName(major, minor);
    return [{ operation, value, device, major: `${major}`, minor: `${minor}` }];
  });
}
