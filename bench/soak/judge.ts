import type { CallRecord } from './ledger.ts';
import type { Windows } from './windows.ts';

/** How long after `client revoke` has ended a new call of that user may still be served: the promise is a second. */
const REVOKED_MS = 1_000;

/** What a run knows beside the calls. */
export interface Circumstances {
  readonly windows: Windows;
  /** When the certificates of a user were revoked. */
  readonly revoked: ReadonlyMap<string, number>;
}

/** A call that was right, that a fault explains, or that is a fault of the gate. */
export type Judged =
  | { readonly verdict: 'right' }
  | { readonly verdict: 'explained'; readonly as: string }
  | { readonly verdict: 'fault'; readonly what: string };

/** What a daemon says that has just come back, of containers and execs that died with it. */
const OF_A_NEW_DAEMON: ReadonlySet<number> = new Set([304, 404, 409, 500, 502]);

export function judge(record: CallRecord, { windows, revoked }: Circumstances): Judged {
  const end = revoked.get(record.user) ?? Infinity;
  const right = record.whole && record.wrong === undefined;
  const { kind, marker, status, error } = record;
  const how = record.wrong ?? error ?? 'no answer';
  // A refusal is right too, where it may be the policy's.
  if (right && status !== 403 && record.from > end + REVOKED_MS)
    return fault(`${marker} (${kind}): served though revoked`);
  if (right) return { verdict: 'right' };
  const isWrong = record.wrong !== undefined && !record.wrong.startsWith('status ');
  const explains = (name: Parameters<Windows['explains']>[0]) =>
    windows.explains(name, record.from, record.to);
  const as =
    record.wrong === undefined
      ? `${error ?? 'no answer'}${status === undefined ? '' : ` in a ${status}`}`
      : String(status);
  const unless = error === 'hung' || isWrong;
  if (!unless && status === 503 && explains('disk full') && how.includes('audit log')) {
    return { verdict: 'explained', as: `disk full: ${as}` };
  }
  if (kind === 'wait' && how.startsWith('exit code') && explains('daemon away')) {
    return { verdict: 'explained', as: 'daemon away: its container ended otherwise' };
  }
  if (!unless && explains('daemon away') && isOfTheDaemon(record)) {
    return { verdict: 'explained', as: `daemon away: ${as}` };
  }
  if (!unless && !record.whole && record.outlivesCertificate === true && explains('CA dropped')) {
    return { verdict: 'explained', as: `CA dropped: ${as}` };
  }
  if (!unless && record.to > end && (status === undefined || status === 403 || !record.whole)) {
    return { verdict: 'explained', as: `revoked: ${as}` };
  }
  return fault(
    `${marker} (${kind}) at ${new Date(record.at).toISOString()}: ${how}, status ${status ?? '-'}`,
  );
}

function isOfTheDaemon({ kind, wrong, status = 0 }: CallRecord): boolean {
  // Broken off. Without any answer there is a 502.
  if (wrong === undefined) return status !== 0;
  // The gate's own.
  if (wrong.includes('dockgate failed')) return false;
  return kind === 'ping' ? status === 502 : OF_A_NEW_DAEMON.has(status);
}

function fault(what: string): Judged {
  return { verdict: 'fault', what };
}
