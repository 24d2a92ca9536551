/**
 * What the trail costs of a call's CPU. The gate runs as a process of its own, with a daemon that answers at once behind it;
 * its CPU per call is read from /proc. What the trail has of that is measured by itself, in this process: the same trail,
 * the same lines, and as many of them in one turn of the event loop as the gate had. Nothing is asserted. The aims: at most 5 % with `buffer` (harmless reads), 15 % with `write`.
 *
 * What `--audit-detail standard`, the default, costs against `off` is measured on the whole gate: it reads bodies, and asks the
 * daemon what targets are called.
 *
 *   npm run bench:audit-cost [-- CALLS]
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createTrail, type Trail } from '../src/audit/trail.ts';
import { openLog } from '../src/audit/write/open.ts';
import { readOperation } from '../src/docker-api/operation.ts';
import type { Exchange } from '../src/exchange.ts';
import { createTrail as createNoTrail } from './peers/no-trail/trail.ts';

const CALLS = Number(process.argv[2] ?? 20_000);
const CONNECTIONS = 16;
/** As a gate has it. */
const LOOK_MS = 0.2;
const MODES = ['buffer', 'write'] as const;
const KINDS = [
  { name: 'harmless read, GET /info', method: 'GET', target: '/v1.47/info' },
  { name: 'any other, POST …/start', method: 'POST', target: '/v1.47/containers/web/start' },
] as const;

/** Those of which `standard` tells more. */
const DETAILED = [
  ...KINDS,
  {
    name: 'exec create, with its body',
    method: 'POST',
    target: '/v1.47/containers/web/exec',
    body: JSON.stringify({ Cmd: ['sh', '-c', 'PASSWORD=x run'], Env: ['A=b'], AttachStdout: true }),
  },
] as const;

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dockgate-bench-'));
const MAIN = path.join(import.meta.dirname, '..', '..', 'main.js');

/**
 * CPU of the trail for one call, µs: its page, its intent, its end. The median of nine times.
 *
 * @param gate how many calls come in one turn of the event loop, and how long that takes there.
 */
async function trailCost(
  durability: (typeof MODES)[number],
  { method, target }: (typeof KINDS)[number],
  { cpu, together }: GateCost,
): Promise<number> {
  const file = path.join(directory, `trail-${durability}-${method}.jsonl`);
  const settings = {
    ...{ durability, maxBytes: 0, maxAgeMs: 0, keep: 0, checkpointLines: 1_000 },
    ...{ checkpointMs: 60_000, keyFile: undefined },
  };
  const gathers = { lookMs: LOOK_MS };
  const options = { now: Date.now, onError: console.error, gathers };
  const { log, close } = await openLog(file, settings, options);
  const audit = createTrail(log, { optionalReads: false, detail: 'standard' });
  const identity = { user: 'alice', serial: '0A1B2C', fingerprint: 'ab'.repeat(32) };
  const exchange = {
    connection: {
      remote: '192.0.2.7:51234',
      tls: 'TLSv1.3',
      cipher: 'TLS_AES_128_GCM_SHA256',
      identity,
    },
    request: { method, url: target, headers: { 'user-agent': 'Docker-Client/28.2.2' } },
  } as unknown as Exchange;
  const operation = readOperation(method, target);
  const outcome = { status: 200, bytesIn: 0, bytesOut: 2_000, end: 'complete' } as const;
  const turn = async (trail: Trail): Promise<void> => {
    const pages = Array.from({ length: together }, () => trail.call(exchange));
    const intents = pages.map((page) => {
      page.understood(operation);
      return page.intend(operation);
    });
    await Promise.all(intents.filter((intent) => intent !== undefined));
    for (const page of pages) page.close(outcome);
    await nextTurn();
  };
  const run = async (trail: Trail): Promise<number> => {
    const before = process.cpuUsage();
    for (let at = 0; at < CALLS; at += together) await turn(trail);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / CALLS;
  };
  const nothing = createNoTrail();
  let warm = 0;
  for (let times = 0; times < 3; times += 1) {
    warm = await run(audit);
    await run(nothing);
  }
  // Here turns are shorter than in a gate, and the file is not to be looked at less often for that.
  gathers.lookMs = LOOK_MS * (warm / cpu);
  const costs: number[] = [];
  // Turns and promises cost something by themselves.
  for (let times = 0; times < 9; times += 1) costs.push((await run(audit)) - (await run(nothing)));
  close();
  fs.rmSync(file);
  return costs.toSorted((a, b) => a - b)[4] ?? NaN;
}

interface Call {
  readonly method: string;
  readonly target: string;
  readonly body?: string;
}

interface GateCost {
  /** CPU for one call, µs. */
  readonly cpu: number;
  /** Calls whose lines were written in one go. */
  readonly together: number;
}

/** What a call costs the whole gate. */
async function gateCost(
  durability: string,
  { method, target, body }: Call,
  detail = 'standard',
): Promise<GateCost> {
  const certs = path.join(directory, 'certs');
  const gate = spawn(
    process.execPath,
    [
      ...[MAIN, 'serve', '-H', 'tcp://127.0.0.1:0', '--certs', certs],
      ...['--docker-host', `unix://${path.join(directory, 'docker.sock')}`],
      ...['--audit-log', path.join(directory, `gate-${durability}-${method}.jsonl`)],
      ...['--audit-durability', durability, '--audit-detail', detail],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const port = await new Promise<number>((resolve) => {
    let said = '';
    gate.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /"address":"tcp:\/\/127\.0\.0\.1:(\d+)"/.exec(said)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
  });
  const client = path.join(certs, 'clients', 'bench');
  const agent = new https.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const options = {
    ...{ agent, host: '127.0.0.1', port, method, path: target },
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    ca: fs.readFileSync(path.join(client, 'ca.pem')),
    cert: fs.readFileSync(path.join(client, 'cert.pem')),
    key: fs.readFileSync(path.join(client, 'key.pem')),
  };
  await calls(options, body, 5_000);
  const before = { cpu: cpuOf(gate.pid ?? 0), writes: writesOf(gate.pid ?? 0) };
  await calls(options, body, CALLS);
  const cpu = (cpuOf(gate.pid ?? 0) - before.cpu) / CALLS;
  // One to the daemon and one to the client; the others are of the log.
  const toLog = (writesOf(gate.pid ?? 0) - before.writes) / CALLS - 2;
  const lines = method === 'POST' ? 2 : 1;
  agent.destroy();
  gate.kill('SIGTERM');
  await new Promise((resolve) => gate.once('close', resolve));
  return { cpu, together: Math.min(CONNECTIONS, Math.max(1, Math.round(lines / toLog))) };
}

async function calls(
  options: https.RequestOptions,
  body: string | undefined,
  count: number,
): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await new Promise<void>((resolve, reject) => {
        const request = https.request(options, (response) => {
          response.resume().once('end', resolve);
        });
        request.once('error', reject);
        request.end(body);
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

/** System calls of a process that write: proc(5), `syscw` of io. */
function writesOf(pid: number): number {
  return Number(/^syscw: (\d+)$/m.exec(fs.readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

const daemon = http.createServer((request, response) => {
  request.resume();
  const [, name] = /\/containers\/(\w+)\/json$/.exec(request.url ?? '') ?? [];
  const isRead = request.method !== 'POST';
  response.writeHead(isRead ? 200 : 204, { 'Content-Type': 'application/json' });
  // All that the gate wants to know of a container; where it is not all there, nothing is kept and each call asks again.
  const config = { Image: 'app:1', Labels: {} };
  const id = 'c'.repeat(64);
  const found = { ID: 'x', Id: id, Name: `/${name ?? ''}`, Image: `sha256:${id}`, Config: config };
  response.end(isRead ? JSON.stringify(found).padEnd(2_000) : undefined);
});

try {
  const init = [MAIN, 'init-certs', '--certs', path.join(directory, 'certs')];
  spawnSync(process.execPath, [...init, '--client', 'bench', '--san', '127.0.0.1']);
  await new Promise<void>((resolve) => {
    daemon.listen(path.join(directory, 'docker.sock'), resolve);
  });
  console.log(
    `${CALLS} calls, ${CONNECTIONS} connections, Node ${process.version}; µs of CPU per call\n`,
  );
  for (const kind of KINDS) {
    for (const mode of MODES) {
      const gate = await gateCost(mode, kind);
      const trail = await trailCost(mode, kind, gate);
      const share = (100 * trail) / (gate.cpu - trail);
      console.log(
        `${kind.name.padEnd(28)} ${mode.padEnd(7)} gate ${gate.cpu.toFixed(0).padStart(5)}`,
        `trail ${trail.toFixed(1).padStart(6)}  ${share.toFixed(1)} % more than without`,
        `(${gate.together} at a time)`,
      );
    }
  }
  console.log('\nthe whole gate, --audit-durability write');
  for (const call of DETAILED) {
    const { cpu: off } = await gateCost('write', call, 'off');
    const { cpu: standard } = await gateCost('write', call);
    const share = (100 * (standard - off)) / off;
    console.log(
      `${call.name.padEnd(28)} detail off ${off.toFixed(0).padStart(5)}`,
      `standard ${standard.toFixed(0).padStart(5)}  ${share.toFixed(1)} % more`,
    );
  }
} finally {
  daemon.close();
  fs.rmSync(directory, { recursive: true });
}
