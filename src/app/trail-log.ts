import { MovingLog } from '../audit/write/moving.ts';
import { openLog, type OpenLog } from '../audit/write/open.ts';
import type { Config } from '../config/schema.ts';
import { CommandError } from '../errors.ts';
import type { GateDeps } from './serve.ts';

/**
 * Turns of a busy gate take a tenth of a millisecond, looking at the file 3 µs of each. Nobody who has had an answer calls again so
 * soon: whoever takes the file away finds the next call's line in a new one.
 */
const LOOK_MS = 0.2;

/**
 * Opens the log of a gate. One that takes over from another process writes beside that one's, for as long as that
 * goes on.
 *
 * @throws CommandError as openLog does.
 */
export async function openTrailLog(
  { auditLog, audit }: Config,
  { log, now = Date.now, previous }: Pick<GateDeps, 'log' | 'now' | 'previous'>,
): Promise<MovingLog> {
  const onError = (error: unknown): void => {
    log.error({ err: error }, 'a rotated audit log could not be compressed or removed');
  };
  const onState = (reason: string | undefined): void => {
    if (reason === undefined) {
      log.info('the audit log can be written again; its gap line says what was lost');
    } else {
      log.error({ reason }, 'the audit log cannot be written: calls are refused with 503');
    }
  };
  const options = { now, onError, onState, gathers: { lookMs: LOOK_MS } };
  const whenHeld = previous === undefined ? 'refuse' : 'beside';
  const opened = await openLog(auditLog, audit, { ...options, whenHeld });
  const openHome = () => unlessHeld(openLog(auditLog, audit, options));
  return new MovingLog(opened, opened.file === auditLog ? undefined : openHome, (error) => {
    log.error({ err: error }, `the trail goes on in ${opened.file}`);
  });
}

async function unlessHeld(opening: Promise<OpenLog>): Promise<OpenLog | undefined> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof CommandError && error.code === 'AUDIT_LOCKED') return undefined;
    throw error;
  }
}
