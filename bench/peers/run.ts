/**
 * dockgate beside others, on loopback, in one run: the same certificates, the same upstream, interleaved rounds. Prints a
 * table and writes bench/RESULTS.md. Needs root and Debian, and takes some ten minutes.
 *
 *   npm run bench [-- --rounds 5 --only WORKLOAD --no-write]
 *
 * The file is written by whole runs of five rounds or more only.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { installPeers } from './packages.ts';
import { page } from './report.ts';
import { measure } from './measure.ts';

/** Fewer say little of the spread. */
const ROUNDS = 5;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: String(ROUNDS) },
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
// A part of it, or few rounds, would take the place of a whole one.
const isWhole = values.only === undefined && Number(values.rounds) >= ROUNDS;
if (isWhole && !values['no-write']) {
  const root = path.join(import.meta.dirname, '..', '..', '..', '..');
  fs.writeFileSync(path.join(root, 'bench', 'RESULTS.md'), text);
}
