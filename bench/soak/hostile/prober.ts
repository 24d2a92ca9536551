/**
 * One of the others, who has done nothing: calls on a kept connection and, each tenth time, on a new one, until its input ends.
 * Prints the percentiles of each, ms, and how many calls failed, as JSON.
 *
 *   node prober.js PORT CERT_PATH
 */
import { once } from 'node:events';
import fs from 'node:fs';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface Probed {
  readonly kept: { readonly p50: number; readonly p99: number };
  readonly fresh: { readonly p50: number; readonly p99: number };
  readonly calls: number;
  readonly failed: number;
}

const [, , port = '', certPath = ''] = process.argv;
const file = (name: string): Buffer => fs.readFileSync(path.join(certPath, name));
const options = {
  ...{ host: '127.0.0.1', port: Number(port), path: '/_ping' },
  ...{ ca: file('ca.pem'), cert: file('cert.pem'), key: file('key.pem') },
};
const agent = new https.Agent({ keepAlive: true });
const times: Record<'kept' | 'fresh', number[]> = { kept: [], fresh: [] };
let failed = 0;
const over = new AbortController();
process.stdin.resume().once('end', () => {
  over.abort();
});

for (let turn = 0; !over.signal.aborted; turn += 1) {
  const began = performance.now();
  const kind = turn % 10 === 0 ? 'fresh' : 'kept';
  try {
    const [answer] = (await once(
      https.get({ ...options, agent: kind === 'fresh' ? false : agent }),
      'response',
    )) as [IncomingMessage];
    await once(answer.resume(), 'end');
    if (answer.statusCode !== 200) failed += 1;
  } catch {
    failed += 1;
  }
  times[kind].push(performance.now() - began);
  await pause(5);
}
agent.destroy();
const calls = times.kept.length + times.fresh.length;
const result: Probed = { kept: spread(times.kept), fresh: spread(times.fresh), calls, failed };
process.stdout.write(JSON.stringify(result));

function spread(values: readonly number[]): { p50: number; p99: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number =>
    sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
