/** How long certificates live. All times are whole seconds, as X.509 has no finer ones. */
import type { X509Certificate } from 'node:crypto';

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const DAY_MS = 86_400_000;

/** Ten years of 365 days. */
const AUTHORITY_DAYS = 3650;

/** One year; what `--days` changes. */
export const DEFAULT_LEAF_DAYS = 365;

/** A century: more is a slip of the finger, and far below where a Date ends. */
export const MAX_LEAF_DAYS = 36_500;

/**
 * A new certificate counts as valid five minutes before it was made, so that a client whose clock is
 * a little behind does not refuse it.
 */
const CLOCK_SKEW_MS = 5 * 60_000;

/** The validity of a new CA that is made at `now`. */
export function authorityValidity(now: Date): Validity {
  return { notBefore: skewed(now), notAfter: daysAfter(now, AUTHORITY_DAYS) };
}

/**
 * The validity of a leaf made at `now` for `days` days, kept inside that of its issuer: a leaf that
 * outlives its CA only looks valid. `shortened` says that the CA's end cut it.
 */
export function leafValidity(
  now: Date,
  days: number,
  issuer: Validity,
): Validity & { readonly shortened: boolean } {
  const notBefore = skewed(now);
  const notAfter = daysAfter(now, days);
  const shortened = notAfter > issuer.notAfter;
  return {
    notBefore: notBefore < issuer.notBefore ? issuer.notBefore : notBefore,
    notAfter: shortened ? issuer.notAfter : notAfter,
    shortened,
  };
}

/** The validity that a certificate states. Dates are invalid (NaN) where it states none that can be read. */
export function validityOf(certificate: X509Certificate): Validity {
  return {
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo),
  };
}

/** A date as messages show it: `2027-11-24`. */
export function day(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an unreadable date' : date.toISOString().slice(0, 10);
}

const wholeSeconds = (ms: number): Date => new Date(Math.floor(ms / 1000) * 1000);
const skewed = (now: Date): Date => wholeSeconds(now.getTime() - CLOCK_SKEW_MS);
const daysAfter = (now: Date, days: number): Date => wholeSeconds(now.getTime() + days * DAY_MS);
