import { spawnSync } from 'node:child_process';

/** What Go reads of one key. */
export interface GoParameter {
  /** Base64 of the bytes of each value. */
  readonly values: readonly string[];
  readonly present: boolean;
  readonly bool: boolean;
  /** strconv.ParseBool and strconv.ParseInt of the first value, or `error`. */
  readonly parsed: string;
  readonly int: string;
  /** Null where it is an error; values sorted by their bytes. */
  readonly filters: Readonly<Record<string, readonly string[]>> | null;
}

/** What Go reads of `keys` in each query; undefined where net/url reports an error. */
export function readByGo(
  binary: string,
  keys: readonly string[],
  queries: readonly string[],
): (Readonly<Record<string, GoParameter>> | undefined)[] {
  const { stdout, stderr, status } = spawnSync(binary, keys, {
    input: queries.map((query) => `${query}\n`).join(''),
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`go-query: ${stderr.toString()}`);
  const lines = stdout.toString().trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as Record<string, GoParameter> | null) ?? undefined);
}
