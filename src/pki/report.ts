/** What a run made and what it left alone. */
import type { InventoryEntry } from './inventory.ts';

export interface Item {
  /** What it is, for people: `server certificate`, `client alice`. */
  readonly what: string;
  /** A file, or for a client its directory. */
  readonly path: string;
  /** One line more: until when it is valid, or what is wrong with what was kept. */
  readonly detail?: string;
}

export interface InitReport {
  readonly created: readonly Item[];
  readonly kept: readonly Item[];
  /** The certificates among what was created. */
  readonly issued: readonly InventoryEntry[];
}

/** An item whose detail is these remarks, if there are any. */
export function item(what: string, path: string, remarks: readonly string[] = []): Item {
  return remarks.length === 0 ? { what, path } : { what, path, detail: remarks.join('; ') };
}

/** What to say of a key that is kept and that others can read. */
export function keyModeRemarks(mode: number): readonly string[] {
  if ((mode & 0o077) === 0) return [];
  return [`mode ${octal(mode)} lets other users in: chmod 600`];
}

/** What to say of a directory that is kept and that others can enter. */
export function directoryModeRemarks(mode: number): readonly string[] {
  if ((mode & 0o077) === 0) return [];
  return [`mode ${octal(mode)} lets other users in: chmod 700`];
}

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(4, '0');
