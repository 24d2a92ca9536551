/** The one line about the gate that `systemctl status` shows, and `dockgate service status` reads. */

/** A reload, as it went. */
export interface LastReload {
  /** ISO 8601. */
  readonly at: string;
  readonly cause: string;
  /** Why it was refused; undefined where what was read is in force. */
  readonly refused: string | undefined;
}

export interface GateStatus {
  /** Addresses that are listened on. */
  readonly listening: readonly string[];
  readonly lastReload: LastReload | undefined;
}

/** @returns `listening on A, B; reloaded TIME (CAUSE): accepted`, without what is not known. */
export function formatStatus({ listening, lastReload }: GateStatus): string {
  const listens = `listening on ${listening.join(', ')}`;
  if (lastReload === undefined) return listens;
  const { at, cause, refused } = lastReload;
  const result = refused === undefined ? 'accepted' : `refused, the old stays in force: ${refused}`;
  return `${listens}; reloaded ${at} (${cause}): ${result}`;
}

const STATUS =
  /^listening on ([^;]*)(?:; reloaded (\S+) \(([^)]*)\): (?:accepted|refused, the old stays in force: (.*)))?$/s;

/** @returns undefined where this is no line that {@link formatStatus} wrote. */
export function parseStatus(text: string): GateStatus | undefined {
  const match = STATUS.exec(text);
  if (match === null) return undefined;
  const [, listening = '', at, cause = '', refused] = match;
  return {
    listening: listening.split(', '),
    lastReload: at === undefined ? undefined : { at, cause, refused },
  };
}
