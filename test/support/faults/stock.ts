import { readdirSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import type { FakeDockerd } from '../fake-dockerd.ts';

/** Everything that a fault could leave behind in this process, where gate, daemon and clients live. */
export interface Stock {
  /** Open file descriptors. */
  readonly descriptors: number;
  /** What keeps the event loop alive, by kind: sockets, servers, requests, timers. */
  readonly resources: Readonly<Record<string, number>>;
  /** Connections that the daemon has open. */
  readonly upstream: number;
}

export function takeStock(daemon: FakeDockerd): Stock {
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (!PASSING.has(kind)) resources[kind] = (resources[kind] ?? 0) + 1;
  }
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    resources,
    upstream: daemon.openConnections,
  };
}

/** What the test runner and this very look come and go with. */
const PASSING: ReadonlySet<string> = new Set(['Immediate', 'CloseReq', 'FSReqCallback']);

/** How long what has ended may take to be gone. */
const LIMIT_MS = 20_000;

/**
 * Turns the event loop until nothing is left that was not there before; fails after a while. Timers
 * may be fewer: the test runner's own come and go.
 */
export async function untilStockIs(expected: Stock, daemon: FakeDockerd): Promise<void> {
  const start = performance.now();
  while (!isDeepStrictEqual(leftOver(expected, daemon), expected)) {
    if (performance.now() - start > LIMIT_MS) break;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(leftOver(expected, daemon)).toEqual(expected);
}

function leftOver(expected: Stock, daemon: FakeDockerd): Stock {
  const now = takeStock(daemon);
  const timers = Math.max(now.resources['Timeout'] ?? 0, expected.resources['Timeout'] ?? 0);
  if (timers === 0) return now;
  return { ...now, resources: { ...now.resources, Timeout: timers } };
}

/** The same without what a gate itself holds: its listening socket and its audit log. */
export function withoutGate({ descriptors, resources, upstream }: Stock): Stock {
  const { TCPServerWrap: servers = 0, ...rest } = resources;
  return {
    descriptors: descriptors - 2,
    resources: servers > 1 ? { ...rest, TCPServerWrap: servers - 1 } : rest,
    upstream,
  };
}
