import { safeText } from '../text.ts';
import { maskArguments, maskText, maskUrl } from './mask.ts';

/** How much the trail says of what a call asks for. */
export type DetailLevel = 'full' | 'standard' | 'minimal' | 'off';

/** What a line says of what its call asks for; what has its default is left out. */
export type Detail = Readonly<Record<string, unknown>>;

/** More of a list than this is counted, not shown: so many items, and so many characters in all. */
const MOST_ITEMS = 32;
const MOST_CHARACTERS = 8 * 1024;
/** Longest text in a detail, in characters; a command line may be longer than other things. */
const LONGEST = 512;
const LONGEST_ARGUMENT = 1_024;

/** A text for the log; undefined for an empty one, which is how the API leaves things out. */
export function text(value: string | null | undefined): string | undefined {
  return given(value, (it) => cut(it, LONGEST, maskText));
}

/**
 * The same for a name, a path or a reference of an image: `auth:1.2` and `/run/secrets:/run/secrets` are no
 * secrets, whatever they are called.
 */
export function name(value: string | null | undefined): string | undefined {
  return given(value, shownName);
}

function given<R>(value: string | null | undefined, show: (value: string) => R): R | undefined {
  return value === null || value === undefined || value === '' ? undefined : show(value);
}

/** A list of texts for the log; undefined for an empty one. */
export function texts(values: readonly string[] | null | undefined): string[] | undefined {
  return bounded(values ?? [], (value) => cut(value, LONGEST, maskText));
}

/** A list of names, as {@link name} shows them; undefined for an empty one. */
export function named(values: readonly string[] | null | undefined): string[] | undefined {
  return bounded(values ?? [], shownName);
}

function shownName(value: string): string {
  return cut(value, LONGEST, maskUrl);
}

/** The names of `NAME=VALUE` settings, never their values. */
export function settings(list: readonly string[] | null | undefined): string[] | undefined {
  return bounded(list ?? [], (setting) => {
    const end = setting.indexOf('=');
    return safeText(end < 0 ? setting : setting.slice(0, end), LONGEST);
  });
}

/** The names in a map, never what they stand for. */
export function keys(
  map: Readonly<Record<string, unknown>> | null | undefined,
): string[] | undefined {
  return bounded(Object.keys(map ?? {}), (key) => safeText(key, LONGEST));
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
  if (argv === null || argv === undefined || level === 'minimal' || level === 'off') {
    return undefined;
  }
  const heads = argv.slice(0, MOST_ITEMS).map((argument) => headOf(argument, LONGEST_ARGUMENT));
  const shown = level === 'full' ? heads : maskArguments(heads);
  return bounded(argv, (argument, at) =>
    ended(shown[at] ?? '', argument.length - (heads[at] ?? '').length, LONGEST_ARGUMENT),
  );
}

/** @returns undefined for an empty list. */
export function bounded<T, R>(
  items: readonly T[],
  show: (item: T, at: number) => R,
): (R | string)[] | undefined {
  if (items.length === 0) return undefined;
  const shown: (R | string)[] = [];
  let left = MOST_CHARACTERS;
  for (const [at, item] of items.slice(0, MOST_ITEMS).entries()) {
    const next = show(item, at);
    left -= (JSON.stringify(next) as string | undefined)?.length ?? 0;
    if (left < 0 && shown.length > 0) break;
    shown.push(next);
  }
  const more = items.length - shown.length;
  return more === 0 ? shown : [...shown, `…(+${more})`];
}

/**
 * A text of the caller's for the log. What looks like a secret is looked for in what may be shown, and a little
 * behind it, since masking makes a text shorter; a megabyte costs no more than that.
 */
function cut(value: string, max: number, mask: (text: string) => string): string {
  const head = headOf(value, max);
  return ended(mask(head), value.length - head.length, max);
}

function headOf(value: string, max: number): string {
  return value.length <= max * 2 ? value : value.slice(0, max * 2);
}

/** @param dropped how many characters were there behind the text. */
function ended(masked: string, dropped: number, max: number): string {
  const more = dropped + Math.max(0, masked.length - max);
  return safeText(masked.slice(0, max), max) + (more === 0 ? '' : `…(+${more})`);
}
