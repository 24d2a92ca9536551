import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { ReportingGate } from './gate.ts';
import type { Report } from './reporter.ts';

/** Open descriptors, by kind. */
export type Descriptors = Readonly<Record<string, number>>;

/** What a gate holds while nobody calls. */
export interface Stock {
  readonly descriptors: Descriptors;
  readonly report: Report;
  /** Resident memory as the kernel counts it, bytes. */
  readonly resident: number;
  /** How long its main thread has run, and has waited for a core, so far, s. */
  readonly scheduled: { readonly ran: number; readonly waited: number };
}

export async function takeStock(gate: ReportingGate): Promise<Stock> {
  const report = await gate.report();
  const { pid } = gate;
  const [descriptors, resident] = [descriptorsOf(pid), residentOf(pid)];
  return { descriptors, report, resident, scheduled: scheduledOf(pid) };
}

/** /proc/PID/schedstat, ns. */
export function scheduledOf(pid: number): Stock['scheduled'] {
  const [ran = 0, waited = 0] = fs
    .readFileSync(`/proc/${pid}/schedstat`, 'utf8')
    .split(' ')
    .map(Number);
  return { ran: ran / 1e9, waited: waited / 1e9 };
}

/** How long what has ended may take to be gone: clocks on heads and handshakes run for 10 s. */
const QUIET_MS = 60_000;

/** Waits until a process has no more TCP connections than then; what is left after a minute is left. */
export async function untilQuiet(pid: number, quiet: Descriptors): Promise<void> {
  const deadline = performance.now() + QUIET_MS;
  const kind = 'tcp connection';
  while ((descriptorsOf(pid)[kind] ?? 0) > (quiet[kind] ?? 0)) {
    if (performance.now() > deadline) return;
    await pause(100);
  }
}

/** Resident memory of a process now, bytes. */
export function residentOf(pid: number): number {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

/** Open descriptors of a process by what they are: files by name, sockets by family and state. */
export function descriptorsOf(pid: number): Record<string, number> {
  const sockets = socketsOf(pid);
  const counts: Record<string, number> = {};
  for (const fd of fs.readdirSync(`/proc/${pid}/fd`)) {
    const kind = kindOf(readLink(`/proc/${pid}/fd/${fd}`), sockets);
    if (kind !== undefined) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** A descriptor may be gone since it was listed. */
function readLink(path: string): string | undefined {
  try {
    return fs.readlinkSync(path);
  } catch {
    return undefined;
  }
}

function kindOf(target: string | undefined, sockets: ReadonlyMap<string, string>) {
  const inode = /^socket:\[(\d+)\]$/.exec(target ?? '')?.[1];
  if (inode !== undefined) return sockets.get(inode) ?? 'socket of no kind';
  return target?.replace(/:\[\d+\]$/, '').replace(/^\/.*\//, '');
}

/** Inode to kind, of all sockets in the network namespace of a process; proc(5). */
function socketsOf(pid: number): Map<string, string> {
  const kinds = new Map<string, string>();
  const rows = (name: string): string[][] =>
    fs
      .readFileSync(`/proc/${pid}/net/${name}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/));
  for (const name of ['tcp', 'tcp6']) {
    for (const row of rows(name))
      kinds.set(row[9] ?? '', row[3] === '0A' ? 'tcp listener' : 'tcp connection');
  }
  for (const row of rows('unix')) kinds.set(row[6] ?? '', 'unix connection');
  return kinds;
}
