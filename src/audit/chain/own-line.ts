/** Lines that the log writes about itself, told from others by their bytes. */

/** Behind `prev` comes `"time":"2026-03-01T12:00:00.000Z","event":"`. */
const TIME_AT = 8;
const TIME_LENGTH = 24;
/** Offset of the event behind the comma after `prev`. */
export const EVENT_AT = TIME_AT + TIME_LENGTH + 11;

/** Their events begin with these letters: log-…, gap, checkpoint. */
const BEGINNINGS = [Buffer.from('lo'), Buffer.from('ga'), Buffer.from('ch')];

/** @param rest offset behind `"prev":"…",`. */
export function timeAt(bytes: Buffer, rest: number): string {
  return bytes.toString('latin1', rest + TIME_AT, rest + TIME_AT + TIME_LENGTH);
}

/** The first 12 characters of the event and what stands behind it. */
export function eventAt(bytes: Buffer, rest: number): string {
  return bytes.toString('latin1', rest + EVENT_AT, rest + EVENT_AT + 12);
}

/** Whether an event may be one of the log itself; of all others it never is. */
export function isOwnEvent(bytes: Buffer, at: number): boolean {
  const [first, second] = [bytes[at], bytes[at + 1]];
  return BEGINNINGS.some((event) => event[0] === first && event[1] === second);
}

/** @returns undefined where it is no JSON object. */
export function parseOwn(line: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line.toString('latin1')) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
