import type { X509Certificate } from 'node:crypto';
import { validityOf } from '../pki/validity.ts';
import { failed, ok, skipped, warning, type Check } from './check.ts';

/** New certificates are dated back by five minutes, so that much a clock may be behind. */
const MAX_SKEW_MS = 5 * 60_000;
const NOTICED_MS = 30_000;
const FIX =
  'set the clocks by network time: sudo timedatectl set-ntp true; timedatectl shows the state';

/** Somebody else's clock, read at the same moment as ours. */
export interface OtherClock {
  /** Such as `the daemon`. */
  readonly whose: string;
  /** ms since the epoch; whole seconds, since it comes from a Date header. */
  readonly time: number;
  /** Ours at that moment, ms since the epoch. */
  readonly ours: number;
}

/**
 * This host's clock against another's, and against certificates, which nobody can have made in the
 * future.
 *
 * @param now ms since the epoch.
 */
export function checkClock(
  now: number,
  other: OtherClock | undefined,
  certificates: readonly X509Certificate[],
): Check {
  const name = 'clock';
  const text = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const youngest = Math.max(...certificates.map((one) => validityOf(one).notBefore.getTime()));
  if (youngest > now) {
    const date = new Date(youngest).toISOString().slice(0, 16);
    return failed(
      name,
      `${text}, before a certificate begins (${date}Z): this clock is behind`,
      FIX,
    );
  }
  if (other === undefined) {
    const reason = `${text}; nobody to compare it with`;
    return certificates.length > 0
      ? ok(name, `${reason}, but no certificate is from the future`)
      : skipped(name, reason);
  }
  const skew = Math.abs(other.ours - other.time);
  const found = `${text}, ${secondsText(skew)} apart from ${other.whose}`;
  if (skew > MAX_SKEW_MS) return failed(name, found, FIX);
  return skew > NOTICED_MS ? warning(name, found, FIX) : ok(name, found);
}

/** A Date header has whole seconds: less than two are no difference. */
function secondsText(ms: number): string {
  const seconds = ms < 2_000 ? 0 : Math.round(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
