/**
 * `audit query` and `audit verify` against jq and grep, on one log of a million lines, in one run. Prints seconds, ratios, and
 * the most memory that each took. Nothing is asserted. The aims: a query at least 3 times as fast as jq, 300,000 lines
 * verified a second, less than 150 MB.
 *
 *   npm run bench:audit-read [-- LINES]
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openLog } from '../src/audit/write/open.ts';

const LINES = Number(process.argv[2] ?? 1_000_000);
const USERS = ['alice', 'bob', 'carol', 'ci', 'deploy', 'erin', 'frank', 'grace', 'heidi', 'ivan'];
const ACTIONS = [
  ...['system.ping', 'container.list', 'container.inspect', 'container.logs', 'image.list'],
  ...['container.create', 'container.start', 'exec.create', 'exec.start', 'container.remove'],
];

/** A log such as a gate writes it, one call in a thousand by mallory. */
async function makeLog(file: string): Promise<void> {
  let time = Date.parse('2026-03-01T00:00:00Z');
  const settings = {
    ...({ durability: 'buffer', maxBytes: 0, maxAgeMs: 0, keep: 0 } as const),
    ...{ checkpointLines: 1_000, checkpointMs: 60_000, keyFile: undefined },
  };
  const { log, close } = await openLog(file, settings, { now: () => time, onError: console.error });
  for (let at = 0; log.head.seq < LINES; at += 1) {
    time += 50;
    const action = ACTIONS[(at * 7) % ACTIONS.length] ?? '';
    const record = {
      event: 'call',
      id: randomUUID(),
      user: at % 1_000 === 500 ? 'mallory' : (USERS[(at * 13) % USERS.length] ?? ''),
      serial: '4F2A9C0011223344556677889900AABB',
      fingerprint: 'ab12'.repeat(16),
      remote: `192.0.2.${at % 250}:${30_000 + (at % 30_000)}`,
      tls: 'TLSv1.3',
      method: 'GET',
      path: `/v1.47/containers/app-${at % 100}/json`,
      action,
      effect: 'read-sensitive',
      target: { kind: 'container', asked: [`app-${at % 100}`] },
      status: at % 50 === 0 ? 404 : 200,
      duration_ms: (at % 1_000) / 10,
      bytes_in: 0,
      bytes_out: at % 10_000,
      end: 'complete',
    };
    log.append(record, 'soon');
  }
  close();
}

interface Run {
  readonly seconds: number;
  readonly cpu: number;
  readonly megabytes: number;
  readonly lines: number;
}

/** Runs a command to its end under GNU time's eyes: user and system seconds, peak memory. */
async function measure(command: string, args: readonly string[]): Promise<Run> {
  const started = performance.now();
  const child = spawn('/usr/bin/env', ['bash', '-c', WATCH, command, command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let lines = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
  });
  let report = '';
  child.stderr.on('data', (chunk: Buffer) => {
    report += chunk.toString();
  });
  await new Promise((resolve) => child.once('close', resolve));
  const [, user, system] = /user (\S+) sys (\S+)/.exec(report) ?? [];
  const [, kilobytes] = /peak (\d+)/.exec(report) ?? [];
  return {
    seconds: (performance.now() - started) / 1_000,
    cpu: Number(user) + Number(system),
    megabytes: Number(kilobytes) / 1_024,
    lines,
  };
}

/** Peak memory is sampled while the command runs, since not every machine has GNU time. */
const WATCH = `shift 0; TIMEFORMAT='user %U sys %S'
time { "$@" & pid=$!; peak=0
while kill -0 $pid 2>/dev/null; do
  now=$(awk '/VmHWM/ {print $2}' /proc/$pid/status 2>/dev/null)
  [ "\${now:-0}" -gt $peak ] && peak=$now; sleep 0.2
done; wait $pid; echo "peak $peak" >&2; }`;

function show(name: string, run: Run, than?: Run): void {
  const ratio =
    than === undefined ? '' : `${(than.seconds / run.seconds).toFixed(1)} times as fast`;
  console.log(
    name.padEnd(44),
    `${run.seconds.toFixed(2)} s`.padStart(9),
    `cpu ${run.cpu.toFixed(2)} s`.padStart(12),
    `${run.megabytes.toFixed(0)} MB`.padStart(8),
    `${run.lines} lines`.padStart(15),
    ratio,
  );
}

async function main(): Promise<void> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dockgate-bench-'));
  const file = path.join(directory, 'audit.jsonl');
  try {
    await makeLog(file);
    const bytes = fs.statSync(file).size;
    console.log(`${LINES} lines, ${(bytes / 1e6).toFixed(0)} MB, Node ${process.version}\n`);
    const built = path.join(import.meta.dirname, '..', '..', 'main.js');
    const dockgate = (...args: string[]): Promise<Run> =>
      measure(process.execPath, [built, 'audit', ...args, '--audit-log', file]);
    await measure('cat', [file]);

    const grep = await measure('grep', ['-c', '"user":"mallory"', file]);
    show('grep -c user', grep);
    const jq = await measure('jq', ['-c', 'select(.user=="mallory")', file]);
    show('jq select user', jq);
    show('audit query --user --json', await dockgate('query', '--user', 'mallory', '--json'), jq);
    show('audit query --user (newest 100)', await dockgate('query', '--user', 'mallory'), jq);
    const jqAll = await measure('jq', [
      '-c',
      'select(.duration_ms > 99.8 and .status == 404)',
      file,
    ]);
    show('jq select by two numbers', jqAll);
    show(
      'audit query --status 404 --json',
      await dockgate('query', '--status', '404', '--json'),
      jqAll,
    );
    const globs = ['query', '--action', '*.create', '--decision', 'allow', '--json', '--oldest'];
    const jqGlob = await measure('jq', ['-c', 'select(.action | endswith(".create"))', file]);
    show('jq select action (a fifth of the lines)', jqGlob);
    show("audit query --action '*.create' --json", await dockgate(...globs), jqGlob);
    show(
      'audit query --since 10 minutes before the end',
      await dockgate('query', '--since', lastMinutes(), '--json'),
      jqAll,
    );
    show('audit stats', await dockgate('stats'));
    const verify = await dockgate('verify');
    show('audit verify', verify);
    console.log(`\nverify: ${Math.round(LINES / verify.seconds)} lines a second`);
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}

function lastMinutes(): string {
  return new Date(Date.parse('2026-03-01T00:00:00Z') + LINES * 50 - 600_000).toISOString();
}

await main();
