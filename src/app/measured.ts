import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Identity } from '../identity/types.ts';
import { createMetrics, type Metrics, type Sample } from '../monitor/registry.ts';
import type { ContainerSample } from '../monitor/containers/sampler.ts';
import { expiriesOf } from './expiries.ts';
import type { Material } from './material.ts';
import type { Meters } from './meters.ts';
import { version } from './version.ts';

/** What is looked up when somebody scrapes. */
export interface Measured {
  readonly meters: Meters;
  readonly material: () => Material;
  /** The clients whose certificates are kept in mind. */
  readonly clients: () => Iterable<Identity>;
  readonly audit: {
    readonly counts: Readonly<Record<'lines' | 'bytes' | 'failures' | 'lost', number>>;
    readonly failure: string | undefined;
  };
  /** Of the policy in force; undefined where there is none. */
  readonly policyVersion: () => string | undefined;
  readonly connections: () => readonly ConnectionCount[];
  /** Why the daemon does not answer; undefined where it does. */
  readonly daemonProblem: () => Promise<string | undefined>;
  readonly containers: () => Promise<readonly ContainerSample[]>;
}

export interface ConnectionCount {
  readonly listener: 'gate' | 'monitor';
  readonly peer: 'identified' | 'unidentified';
  readonly count: number;
}

/** Puts the series of a gate together. */
export function measure(sources: Measured): Metrics {
  const { meters, material, clients, audit, policyVersion, connections } = sources;
  let daemonUp = 0;
  return createMetrics({
    calls: meters.calls,
    refresh: async () => {
      const [containers, problem] = await Promise.all([
        sources.containers(),
        sources.daemonProblem(),
      ]);
      daemonUp = problem === undefined ? 1 : 0;
      return containers;
    },
    series: {
      dockgate_build_info: () => [[1, { version: version(), node: process.versions.node }]],
      dockgate_connections_open: () =>
        connections().map(({ count, ...labels }): Sample => [count, labels]),
      dockgate_connections_cut_total: () => [[sum(meters.cuts.all())]],
      dockgate_handshakes_total: () => labelled(meters.handshakes.all(), 'outcome'),
      dockgate_certificate_expiry_timestamp_seconds: () => expiriesOf(material(), clients()),
      dockgate_revocations: () => revocationsOf(material()),
      dockgate_audit_lines_total: () => [[audit.counts.lines]],
      dockgate_audit_bytes_total: () => [[audit.counts.bytes]],
      dockgate_audit_failures_total: () => [[audit.counts.failures]],
      dockgate_audit_lost_lines_total: () => [[audit.counts.lost]],
      dockgate_audit_writable: () => [[audit.failure === undefined ? 1 : 0]],
      dockgate_policy_info: () => [[1, { version: policyVersion() ?? 'none' }]],
      dockgate_reloads_total: () => reloadsOf(meters),
      dockgate_daemon_up: () => [[daemonUp]],
      dockgate_container_samples_total: () => labelled(meters.samples.all(), 'result'),
    },
  });
}

function labelled(counts: Iterable<readonly [string, number]>, label: string): readonly Sample[] {
  return Array.from(counts, ([name, count]): Sample => [count, { [label]: name }]);
}

function sum(counts: Iterable<readonly [string, number]>): number {
  return Array.from(counts).reduce((total, [, count]) => total + count, 0);
}

function reloadsOf({ reloads }: Meters): readonly Sample[] {
  return Array.from(reloads.all(), ([name, count]): Sample => {
    const [what = '', result = ''] = name.split(' ');
    return [count, { what, result }];
  });
}

function revocationsOf({ trust, lists }: Material): readonly Sample[] {
  const listed = lists.reduce((total, { crl }) => total + crl.revoked.size, 0);
  return [
    [trust.revoked.size, { source: 'inventory' }],
    [listed, { source: 'lists' }],
  ];
}

/** Of the sockets of a server, which has one more for each connection that speaks TLS. */
export function connectionsOf(sockets: ReadonlySet<Socket>): number {
  let count = 0;
  for (const socket of sockets) if (!(socket instanceof TLSSocket)) count += 1;
  return count;
}
