import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startGateProcess, type GateProcess } from '../../test/support/built-gate.ts';
import { BUILT } from './built.ts';
import type { Report } from './reporter.ts';

/** A gate whose reporter can be asked. */
export interface ReportingGate {
  readonly process: GateProcess;
  readonly pid: number;
  readonly port: number;
  /** Has it collect garbage and tell what it holds. */
  readonly report: () => Promise<Report>;
}

export interface ReportingGateOptions {
  readonly dir: string;
  readonly certs: string;
  readonly socket: string;
  readonly auditLog: string;
  readonly args: readonly string[];
}

const REPORT_MS = 30_000;

export async function startReportingGate(options: ReportingGateOptions): Promise<ReportingGate> {
  const file = path.join(options.dir, 'gate-reports.jsonl');
  fs.writeFileSync(file, '');
  const reporter = path.join(import.meta.dirname, 'reporter.js');
  const wrapper = ['env', `SOAK_REPORT=${file}`, `NODE_OPTIONS=--import=${reporter}`];
  const gate = await startGateProcess({
    ...{ certsDir: options.certs, socketPath: options.socket, auditLog: options.auditLog },
    ...{ args: options.args, program: BUILT, wrapper },
  });
  const pid = gate.child.pid ?? 0;
  return {
    ...{ process: gate, pid, port: gate.port },
    report: async () => {
      const before = linesOf(file).length;
      process.kill(pid, 'SIGPWR');
      const deadline = performance.now() + REPORT_MS;
      for (;;) {
        const last = linesOf(file)[before];
        if (last !== undefined) return JSON.parse(last) as Report;
        if (performance.now() > deadline) throw new Error('the gate does not report');
        await pause(20);
      }
    },
  };
}

function linesOf(file: string): string[] {
  return fs.readFileSync(file, 'utf8').split('\n').slice(0, -1);
}
