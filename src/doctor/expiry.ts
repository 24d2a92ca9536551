import type { X509Certificate } from 'node:crypto';
import { day, validityOf } from '../pki/validity.ts';
import { failed, ok, warning, type Check } from './check.ts';

const DAY_MS = 86_400_000;
/** Days before the end from which it is a warning, a failure, and a matter of hours. */
const SOON = 30;
const URGENT = 7;
const LAST_DAY = 1;

/**
 * How long a certificate lives: a warning in its last 30 days, a failure in its last 7 and before
 * its beginning. Dates that cannot be read are a failure.
 *
 * @param now ms since the epoch.
 * @param renew the command that makes a new one.
 */
export function checkExpiry(
  name: string,
  certificate: X509Certificate,
  now: number,
  renew: string,
): Check {
  const { notBefore, notAfter } = validityOf(certificate);
  const left = notAfter.getTime() - now;
  if (!(notBefore.getTime() <= now)) {
    const found = `not valid before ${moment(notBefore)}, now is ${moment(new Date(now))}`;
    return failed(name, found, 'set the clock of this host: sudo timedatectl set-ntp true');
  }
  if (!(left > 0)) return failed(name, `expired on ${day(notAfter)}`, `now: ${renew}`);
  const found = `until ${day(notAfter)}, ${daysText(left)} left`;
  if (left <= LAST_DAY * DAY_MS) return failed(name, found, `today: ${renew}`);
  if (left <= URGENT * DAY_MS) return failed(name, found, renew);
  if (left <= SOON * DAY_MS) return warning(name, found, renew);
  return ok(name, found);
}

/** `12 days`, on the last two days `31 hours`. */
export function daysText(ms: number): string {
  if (ms >= 2 * DAY_MS) return `${Math.floor(ms / DAY_MS)} days`;
  const hours = Math.max(0, Math.floor(ms / 3_600_000));
  return hours === 1 ? '1 hour' : `${hours} hours`;
}

/** `2027-11-24 10:17 UTC`. */
function moment(date: Date): string {
  if (Number.isNaN(date.getTime())) return 'an unreadable date';
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
