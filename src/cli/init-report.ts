import type { InitReport, Item } from '../pki/init.ts';

/** What was created and what was left alone, one line each, for people. */
export function reportLines({ created, kept }: InitReport): string[] {
  return [
    ...created.map((item) => line('created', item)),
    ...kept.map((item) => line('kept', item)),
  ];
}

function line(verb: string, { what, path, detail }: Item): string {
  const text = `${verb.padEnd(8)} ${what.padEnd(19)} ${path}`;
  return detail === undefined ? text : `${text} (${detail})`;
}
