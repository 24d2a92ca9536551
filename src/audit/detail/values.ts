import { safeText } from '../text.ts';
import { maskArguments, maskText } from './mask.ts';

/** How much the trail says of what a call asks for. */
export type DetailLevel = 'full' | 'standard' | 'minimal' | 'off';

/** What a line says of what its call asks for; what has its default is left out. */
export type Detail = Readonly<Record<string, unknown>>;

/** More of a list than this is counted, not shown. */
const MOST_ITEMS = 32;
/** Longest text in a detail, in characters; a command line may be longer than other things. */
const LONGEST = 512;
const LONGEST_ARGUMENT = 1_024;

/** A text for the log; undefined for an empty one, which is how the API leaves things out. */
export function text(value: string | null | undefined): string | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  return safeText(maskText(value), LONGEST);
}

/** A list of texts for the log; undefined for an empty one. */
export function texts(values: Iterable<string> | null | undefined): string[] | undefined {
  return bounded([...(values ?? [])], (value) => safeText(maskText(value), LONGEST));
}

/** The names of `NAME=VALUE` settings, never their values. */
export function names(settings: readonly string[] | null | undefined): string[] | undefined {
  return bounded(settings ?? [], (setting) => safeText(setting.split('=', 1)[0] ?? '', LONGEST));
}

/** The names in a map, never what they stand for. */
export function keys(
  map: Readonly<Record<string, unknown>> | null | undefined,
): string[] | undefined {
  return bounded(Object.keys(map ?? {}), (name) => safeText(name, LONGEST));
}

/** True, or nothing. */
export function flag(value: boolean | null | undefined): true | undefined {
  return value === true ? true : undefined;
}

/** A command line, as far as the level lets it be seen. */
export function command(
  argv: readonly string[] | null | undefined,
  level: DetailLevel,
): string[] | undefined {
  if (level === 'minimal' || level === 'off') return undefined;
  // Cut first: what looks like a secret is looked for in what is kept, and nowhere else.
  const kept = (argv ?? []).map((argument) => argument.slice(0, LONGEST_ARGUMENT * 4));
  const shown = level === 'full' ? kept : maskArguments(kept);
  return bounded(shown, (argument) => safeText(argument, LONGEST_ARGUMENT));
}

/** @returns undefined for an empty list. */
export function bounded<T, R>(
  items: readonly T[],
  show: (item: T) => R,
): (R | string)[] | undefined {
  if (items.length === 0) return undefined;
  const shown: (R | string)[] = items.slice(0, MOST_ITEMS).map((item) => show(item));
  if (items.length > MOST_ITEMS) shown.push(`…(+${items.length - MOST_ITEMS})`);
  return shown;
}
