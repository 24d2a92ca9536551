/**
 * What metrics cost: CPU of the whole gate for a call with `--metrics` and without, in turns; of the counting by
 * itself; and of a scrape. As in audit-cost.ts, the daemon is a stand-in, so that nothing but the gate is measured.
 *
 *     npm run bench:metrics-cost -- [CALLS] [ROUNDS]
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { meteredTrail } from '../src/app/metered-trail.ts';
import { createMeters } from '../src/app/meters.ts';
import type { CallTrail, Trail } from '../src/audit/trail.ts';
import { readOperation } from '../src/docker-api/operation.ts';
import type { Exchange } from '../src/exchange.ts';

const CALLS = Number(process.argv[2] ?? 20_000);
const ROUNDS = Number(process.argv[3] ?? 5);
const CONNECTIONS = 8;
const SCRAPES = 50;
const TARGET = '/v1.47/info';
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dockgate-bench-'));
const MAIN = path.join(import.meta.dirname, '..', '..', 'main.js');

/** µs of CPU for one call's page, counted and not. */
function countingCost(): number {
  const nothing = (): undefined => undefined;
  const page: CallTrail = {
    ...{ understood: nothing, body: nothing, target: nothing, decided: nothing },
    ...{ intend: nothing, answered: nothing, close: nothing, exited: nothing },
  };
  const trail = { call: () => page } as unknown as Trail;
  const operation = readOperation('GET', TARGET);
  const outcome = { status: 200, bytesIn: 0, bytesOut: 2_000, end: 'complete' } as const;
  const run = (on: Trail, count: number): number => {
    const before = process.cpuUsage();
    for (let at = 0; at < count; at += 1) {
      const one = on.call({} as Exchange);
      one.understood(operation);
      void one.intend(operation);
      one.close({ ...outcome, answeredAt: performance.now() });
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / count;
  };
  const counted = meteredTrail(trail, createMeters());
  for (const on of [trail, counted]) run(on, 200_000);
  return run(counted, 1_000_000) - run(trail, 1_000_000);
}

/** CPU of the whole gate for one call, µs. */
async function gateCost(isWatched: boolean, round: number): Promise<number> {
  const gate = spawn(
    process.execPath,
    [
      ...[MAIN, 'serve', '-H', 'tcp://127.0.0.1:0', '--certs', path.join(directory, 'certs')],
      ...['--docker-host', `unix://${path.join(directory, 'docker.sock')}`],
      ...['--audit-log', path.join(directory, `${round}-${isWatched}.jsonl`)],
      ...(isWatched ? ['--metrics', 'tcp://127.0.0.1:0'] : []),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const port = await portIn(gate, isWatched ? 'metrics' : 'address', 'address');
  const watched = isWatched ? await portIn(gate, 'metrics', 'metrics') : undefined;
  const client = path.join(directory, 'certs', 'clients', 'bench');
  const agent = new https.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const options = {
    ...{ agent, host: '127.0.0.1', port, method: 'GET', path: TARGET },
    ca: fs.readFileSync(path.join(client, 'ca.pem')),
    cert: fs.readFileSync(path.join(client, 'cert.pem')),
    key: fs.readFileSync(path.join(client, 'key.pem')),
  };
  await calls(options, 5_000);
  const before = cpuOf(gate.pid ?? 0);
  await calls(options, CALLS);
  const cost = (cpuOf(gate.pid ?? 0) - before) / CALLS;
  if (watched !== undefined) scrapes.push(await scrapeCost(gate.pid ?? 0, watched));
  agent.destroy();
  gate.kill('SIGTERM');
  await new Promise((resolve) => gate.once('close', resolve));
  return cost;
}

/** CPU of the gate for one scrape, µs. */
const scrapes: number[] = [];

async function scrapeCost(pid: number, port: number): Promise<number> {
  const before = cpuOf(pid);
  for (let at = 0; at < SCRAPES; at += 1) {
    await new Promise<void>((resolve, reject) => {
      const request = http.get({ host: '127.0.0.1', port, path: '/metrics' }, (answer) => {
        answer.resume().once('end', resolve);
      });
      request.once('error', reject);
    });
  }
  return (cpuOf(pid) - before) / SCRAPES;
}

const said = new WeakMap<ChildProcess, { text: string }>();

/** The port in the line of the log that has `field`, once there is one with `until`. */
async function portIn(gate: ChildProcess, until: string, field: string): Promise<number> {
  const log = said.get(gate) ?? { text: '' };
  if (!said.has(gate)) {
    said.set(gate, log);
    gate.stderr?.on('data', (chunk: Buffer) => {
      log.text += chunk.toString();
    });
  }
  const find = (name: string) =>
    new RegExp(`"${name}":"tcp://127\\.0\\.0\\.1:(\\d+)"`).exec(log.text)?.[1];
  while (find(until) === undefined) {
    await new Promise((resolve) => gate.stderr?.once('data', resolve));
  }
  return Number(find(field));
}

async function calls(options: https.RequestOptions, count: number): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await new Promise<void>((resolve, reject) => {
        const request = https.request(options, (response) => {
          response.resume().once('end', resolve);
        });
        request.once('error', reject);
        request.end();
      });
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
}

/** User and system time of a process, µs: proc(5), fields 14 and 15 of stat, in ticks of 10 ms. */
function cpuOf(pid: number): number {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

const median = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;

const daemon = http.createServer((_, response) => {
  response.setHeader('Content-Type', 'application/json');
  response.end('[]'.padEnd(2_000));
});

try {
  console.log(`counting alone: ${countingCost().toFixed(2)} µs of CPU per call`);
  const init = [MAIN, 'init-certs', '--certs', path.join(directory, 'certs')];
  spawnSync(process.execPath, [...init, '--client', 'bench', '--san', '127.0.0.1']);
  await new Promise<void>((resolve) => {
    daemon.listen(path.join(directory, 'docker.sock'), resolve);
  });
  console.log(`${CALLS} calls, ${CONNECTIONS} connections, Node ${process.version}`);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const without = await gateCost(false, round);
    const watched = await gateCost(true, round);
    ratios.push(watched / without);
    console.log(
      `without ${without.toFixed(0)} µs, watched ${watched.toFixed(0)} µs a call,`,
      `ratio ${(watched / without).toFixed(3)}`,
    );
  }
  console.log(`median ratio ${median(ratios).toFixed(3)}`);
  console.log(`a scrape: ${(median(scrapes) / 1000).toFixed(1)} ms of CPU`);
} finally {
  daemon.close();
  fs.rmSync(directory, { recursive: true });
}
