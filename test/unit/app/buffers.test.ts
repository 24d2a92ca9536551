import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const BUFFERS = join(import.meta.dirname, '../../../src/app/buffers.ts');
const UNKNOWN = "v8.setFlagsFromString('--no-such-flag')";

/** What a program prints on standard error. */
function complaintsOf(program: string): string {
  const node = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  expect(node.status).toBe(0);
  return node.stderr;
}

it('sets a flag that this V8 has', () => {
  expect(complaintsOf(`import v8 from 'node:v8'; ${UNKNOWN}`)).toContain('unrecognized flag');
  const [flag] = /'(--[a-z-]+)'/.exec(readFileSync(BUFFERS, 'utf8'))?.slice(1) ?? [];
  expect(complaintsOf(`import v8 from 'node:v8'; v8.setFlagsFromString('${flag ?? ''}')`)).toBe('');
});
