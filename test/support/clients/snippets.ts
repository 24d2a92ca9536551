import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../e2e/another-host.ts';

/** The document that the snippets come from. */
export const DOCUMENT = join(REPOSITORY, 'docs/clients.md');

/** One fenced piece of code of a document. */
export interface Snippet {
  readonly language: string;
  /** What `run=` says; undefined where it is not to be run. */
  readonly run: string | undefined;
  readonly code: string;
}

const FENCE = /^```(\w+)(?: run=([\w-]+))?\n(.*?)^```$/gms;

/** Every fenced piece of code, in order. */
export function readSnippets(file: string): Snippet[] {
  const found = readFileSync(file, 'utf8').matchAll(FENCE);
  return [...found].map(([, language = '', run, code = '']) => ({ language, run, code }));
}
