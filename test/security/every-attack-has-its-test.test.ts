import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ATTACKS } from '../support/security/vectors.ts';

const here = new URL('.', import.meta.url);
const sources = readdirSync(here)
  .filter((name) => name.startsWith('attacks-'))
  .map((name) => readFileSync(new URL(name, here), 'utf8'));

it.each(ATTACKS)('$id ($attempt) is the beginning of a title', ({ id }) => {
  expect(sources.some((source) => new RegExp(`['"\`]${id}: `).test(source))).toBe(true);
});
