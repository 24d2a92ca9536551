/**
 * dockgate beside others, on loopback, in one run: the same certificates, the same upstream, interleaved rounds. Prints a
 * table and writes bench/RESULTS.md. Needs root and Debian, and takes some ten minutes.
 *
 *   npm run bench [-- --rounds 5 --only WORKLOAD --no-write]
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { installPeers } from './packages.ts';
import { page } from './report.ts';
import { measure } from './measure.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', multiple: true },
    'no-write': { type: 'boolean', default: false },
  },
});

installPeers();
const { figures, facts } = await measure({
  rounds: Number(values.rounds),
  only: values.only,
  tell: (what) => {
    process.stderr.write(`${what}\n`);
  },
});
const text = page(figures, facts);
process.stdout.write(text);
if (!values['no-write']) {
  const root = path.join(import.meta.dirname, '..', '..', '..', '..');
  fs.writeFileSync(path.join(root, 'bench', 'RESULTS.md'), text);
}
