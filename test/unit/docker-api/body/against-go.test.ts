import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readBody } from '../../../../src/docker-api/body/read-body.ts';
import { CallError } from '../../../../src/errors.ts';

interface Row {
  readonly input: string;
  readonly error: string | null;
  readonly more: boolean;
  readonly decoded: Json;
}

type Json = null | boolean | string | readonly Json[] | { readonly [key: string]: Json };

const FILE = new URL('../../../vectors/go-json-decode.json', import.meta.url);
const { rows } = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly rows: readonly Row[] };

/** The bytes of a row; U+FFFD stands for one that is no UTF-8. */
function bytesOf({ input }: Row): Buffer {
  const parts = input.split('\ufffd').flatMap((part) => [Buffer.from([0xff]), Buffer.from(part)]);
  return Buffer.concat(parts.slice(1));
}

function read(row: Row): unknown {
  try {
    return readBody('container.create', { major: 1, minor: 51 }, bytesOf(row)).view;
  } catch (error) {
    if (error instanceof CallError) return undefined;
    throw error;
  }
}

/** A value without what is Go's zero value, as a view is without it. */
function withoutZeros(value: Json): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutZeros);
  const entries = Object.entries(value).filter(
    ([, field]) => field !== null && field !== '' && field !== false,
  );
  return Object.fromEntries(entries.map(([name, field]) => [name, withoutZeros(field)]));
}

describe('against encoding/json of Go, what the gate reads', () => {
  it.each(rows.map((row) => [row.input, row] as const))(
    'of %s is what Go decodes, or is refused',
    (_, row) => {
      const view = read(row);
      if (view === undefined) return;
      expect(row).toMatchObject({ error: null, more: false });
      expect(view).toEqual(withoutZeros(row.decoded));
    },
  );

  it('is something for every row in which nothing is odd', () => {
    const honest = rows.filter((row) => read(row) !== undefined).map(({ input }) => input);
    expect(honest).toEqual([
      '{"\\u0048ostConfig":{"\\u0042inds":["\\/:\\/h"]},"Image":"x"}',
      '{"Config":{"Image":"y"},"HostConfig":{"Resources":{"Devices":[{"a":"b"}]},"Devices":[{"PathOnHost":"/dev/sda"}]}}',
      'null',
      '{"Image":"x","HostConfig":{"Priv_ileged":true,"privi-leged":true}}',
    ]);
  });
});
