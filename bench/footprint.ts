/**
 * What a gate takes: memory for each open connection and stream, CPU and bytes of the trail for each call. The gate runs as a
 * process of its own, with a daemon that answers at once behind it; memory and CPU are read from /proc. Nothing is asserted.
 *
 *   npm run bench:footprint [-- CONNECTIONS CALLS]
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';

const CONNECTIONS = Number(process.argv[2] ?? 1_000);
const CALLS = Number(process.argv[3] ?? 5_000);

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dockgate-bench-'));
const MAIN = path.join(import.meta.dirname, '..', '..', 'main.js');
const certs = path.join(directory, 'certs');
const auditLog = path.join(directory, 'audit.jsonl');

/** Answers at once; `/events` goes on for ever. */
const daemon = http.createServer((request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  if (request.url?.includes('/events') === true) response.flushHeaders();
  else response.end('{"ID":"x"}'.padEnd(2_000));
});

async function startGate() {
  const docker = `unix://${path.join(directory, 'docker.sock')}`;
  const gate = spawn(
    process.execPath,
    [
      ...[MAIN, 'serve', '-H', 'tcp://127.0.0.1:0', '--certs', certs],
      ...['--docker-host', docker, '--audit-log', auditLog],
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
  return { gate, port, pid: gate.pid ?? 0 };
}

const keepingAgent = (): https.Agent => new https.Agent({ keepAlive: true, maxSockets: 16 });

/** A gate of its own for each figure: what one leaves in memory would be missing in the next. */
async function withGate(
  measure: (options: https.RequestOptions, pid: number) => Promise<void>,
): Promise<void> {
  const { gate, port, pid } = await startGate();
  const read = (name: string) => fs.readFileSync(path.join(certs, 'clients/bench', name));
  const pair = { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
  const options = { ...pair, host: '127.0.0.1', port, agent: keepingAgent() };
  await times(2_000, () => get(options, '/v1.47/info'));
  await measure(options, pid);
  gate.kill('SIGKILL');
  await once(gate, 'close');
}

/** One GET; resolves when its head is there, with what goes on until it is destroyed. */
async function get(options: https.RequestOptions, target: string): Promise<http.IncomingMessage> {
  const request = https.get({ ...options, path: target });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  if (!target.includes('/events')) await once(response.resume(), 'end');
  return response;
}

/** As many at a time as a crowd of clients would. */
async function times(count: number, action: () => Promise<unknown>): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await action();
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

/** Resident memory of a process, KiB. */
function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** User and system time of a process, µs: proc(5), fields 14 and 15 of stat, in ticks of 10 ms. */
function cpuOf(pid: number): number {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

const say = (what: string, value: number, unit: string): void => {
  console.log(what.padEnd(52), value.toFixed(value < 10 ? 2 : 0).padStart(8), unit);
};

try {
  const init = [MAIN, 'init-certs', '--certs', certs, '--client', 'bench', '--san', '127.0.0.1'];
  spawnSync(process.execPath, init);
  daemon.listen(path.join(directory, 'docker.sock'));
  await once(daemon, 'listening');
  console.log(`Node ${process.version}, ${CONNECTIONS} connections, ${CALLS} calls\n`);
  await withGate(async (options, pid) => {
    const memory = memoryOf(pid);
    say('memory after 2,000 calls', memory / 1024, 'MiB');
    await times(CONNECTIONS, () => get({ ...options, agent: keepingAgent() }, '/v1.47/info'));
    say('more for an idle connection', (memoryOf(pid) - memory) / CONNECTIONS, 'KiB');
  });
  await withGate(async (options, pid) => {
    const memory = memoryOf(pid);
    await times(CONNECTIONS, () => get({ ...options, agent: keepingAgent() }, '/v1.47/events'));
    say('more for a connection with an open stream', (memoryOf(pid) - memory) / CONNECTIONS, 'KiB');
  });
  await withGate(async (options, pid) => {
    const bytes = fs.statSync(auditLog).size;
    let cpu = cpuOf(pid);
    await times(CALLS, () => get(options, '/v1.47/info'));
    say('CPU of a call on a kept connection', (cpuOf(pid) - cpu) / CALLS / 1000, 'ms');
    say('audit log for a read', (fs.statSync(auditLog).size - bytes) / CALLS, 'bytes');
    cpu = cpuOf(pid);
    const agent = new https.Agent({ keepAlive: false });
    await times(CONNECTIONS, () => get({ ...options, agent }, '/v1.47/info'));
    say('CPU of a connection with one call', (cpuOf(pid) - cpu) / CONNECTIONS / 1000, 'ms');
  });
} finally {
  daemon.closeAllConnections();
  daemon.close();
  fs.rmSync(directory, { recursive: true });
}
