/**
 * Loaded into the gate with `--import`, so that the product needs no door for it: at SIGPWR it appends one line of JSON to the
 * file SOAK_REPORT, with what the process holds after a full collection, and the event loop's delay since the line before.
 */
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import tls from 'node:tls';
import v8 from 'node:v8';
import vm from 'node:vm';

/** The histogram counts the whole time between two ticks of a timer of this length. */
const RESOLUTION_MS = 10;

/** What the gate says of itself. */
export interface Report {
  /** What keeps its event loop alive, by kind. */
  readonly resources: Readonly<Record<string, number>>;
  /** Live objects of these classes, those that do not keep the loop alive among them. */
  readonly objects: Readonly<Record<string, number>>;
  /** After the collection, bytes. */
  readonly memory: NodeJS.MemoryUsage;
  /** Since the report before, without what this one costs, ms. */
  readonly lag: { readonly p50: number; readonly p99: number; readonly max: number };
}

const file = process.env['SOAK_REPORT'];
if (file !== undefined) reportTo(file);

function reportTo(target: string): void {
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('gc') as () => void;
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  process.on('SIGPWR', () => {
    const lag = { p50: delay.percentile(50), p99: delay.percentile(99), max: delay.max };
    // The second collection takes what finalizers of the first let go.
    collect();
    collect();
    const report: Report = {
      resources: tally(process.getActiveResourcesInfo()),
      objects: census(),
      memory: process.memoryUsage(),
      lag: { p50: inMs(lag.p50), p99: inMs(lag.p99), max: inMs(lag.max) },
    };
    fs.appendFileSync(target, `${JSON.stringify(report)}\n`);
    delay.reset();
  });
}

function inMs(ns: number): number {
  return Math.max(0, ns / 1e6 - RESOLUTION_MS);
}

function tally(kinds: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Counts with a collection of its own; a class counts those of its subclasses too. */
function census(): Record<string, number> {
  const timer = setTimeout(() => undefined, 0);
  const Timeout = timer.constructor;
  clearTimeout(timer);
  const classes = {
    ...{ Timeout, Socket: net.Socket, TLSSocket: tls.TLSSocket },
    ...{ ServerResponse: http.ServerResponse, ClientRequest: http.ClientRequest },
    AbortController,
  };
  return Object.fromEntries(
    Object.entries(classes).map(([name, constructor]) => [
      name,
      v8.queryObjects(constructor, { format: 'count' }),
    ]),
  );
}
