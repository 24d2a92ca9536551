/** What the value of a setting may be. Each kind is the same on the command line, in the environment and in the file. */
import { z } from 'zod';
import { parseBytes, parseDuration } from './units.ts';

/** A path, as the operating system takes it. What is in the file instead of its name is refused unseen. */
export const path = z
  .string()
  .min(1, 'expected a path')
  .refine((text) => !/-----BEGIN|[\r\n\0]/.test(text), 'expected a path, not what is in the file')
  .refine((text) => !text.startsWith('~/'), 'expected a path without "~", which only shells know');

export const count = (least: number) =>
  z.number().int(`expected a whole number of at least ${least}`).min(least);

/** Bytes: a whole number, or one with a unit (`64k`, `100MB`, `1.5GiB`). Read as a number of bytes. */
export const size = (least = 0) =>
  measure('a size such as 100MB', (text) => {
    const bytes = /^\d+\.\d+\s*b?$/i.test(text) ? undefined : parseBytes(text);
    return bytes !== undefined && bytes >= least ? bytes : undefined;
  });

/** Time with a unit (`500ms`, `90s`, `7d`); a bare number is seconds. Read as ms. */
export const time = (mostMs = Infinity) =>
  measure('a time such as 30s or 7d', (text) => {
    const ms = parseDuration(/^\d+(?:\.\d+)?$/.test(text) ? `${text}s` : text);
    return ms !== undefined && ms <= mostMs ? ms : undefined;
  });

function measure(expected: string, read: (text: string) => number | undefined) {
  return z.union([z.string(), z.number()], `expected ${expected}`).transform((value, context) => {
    const result = read(String(value));
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom', message: `expected ${expected}` });
    return z.NEVER;
  });
}

/** Port 0 is another one each time. */
export function noneTwice(addresses: readonly string[]): boolean {
  const fixed = addresses.filter((address) => !address.endsWith(':0'));
  return new Set(fixed).size === fixed.length;
}
