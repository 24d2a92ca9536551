import type { Config } from '../config/schema.ts';
import type { Engine } from '../engine/types.ts';
import { explain } from '../engine/explain.ts';
import { relayResponse } from '../forward/response.ts';
import type { Identification } from '../identity/identify.ts';
import { DaemonPulse } from '../monitor/daemon-pulse.ts';
import { createDeviceNames } from '../monitor/containers/devices.ts';
import { ContainerSampler } from '../monitor/containers/sampler.ts';
import type { Page, PageAnswer } from '../monitor/pages.ts';
import { certificateProblem, readinessOf } from '../monitor/readiness.ts';
import { createProxyForward } from '../monitor/proxy.ts';
import { createAsk } from './ask.ts';
import { createRefusalLimit, listenerEvents, type DoorDeps, type Front } from './front.ts';
import type { LiveConnections } from './live-connections.ts';
import { measure, connectionsOf, type Measured } from './measured.ts';
import type { Meters } from './meters.ts';
import { createMonitor, type Monitor, type MonitorDeps } from './monitor.ts';
import type { PolicyFile } from './policy.ts';
import type { Upkeep } from './upkeep.ts';

/** The parts of a gate that can be watched. */
export interface WatchedParts extends Pick<MonitorDeps, 'trail' | 'isStopping' | 'inheritance'> {
  readonly door: Omit<DoorDeps, 'handle'>;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly meters: Meters;
  readonly front: Front;
  readonly live: LiveConnections;
  readonly upkeep: Upkeep;
  readonly policy: PolicyFile | undefined;
  readonly engine: Engine;
  readonly identification: Identification;
  readonly audit: Measured['audit'];
  readonly stages: Omit<MonitorDeps['stages'], 'confirm' | 'page'>;
  readonly pageOf: MonitorDeps['stages']['page'];
}

/** How long the daemon may take over an answer, ms: a scrape has 10 s for all of them. */
const PATIENCE_MS = 3_000;

/** Makes the listener from which a gate is watched, if its configuration has one; it is not open yet. */
export function watchGate(config: Config, parts: WatchedParts): Monitor | undefined {
  if (config.metrics === undefined) return undefined;
  const { door, now, meters, upkeep, identification, stages, pageOf } = parts;
  const answers = answersOf(parts);
  return createMonitor(config.metrics, {
    ...{ trail: parts.trail, meters, isStopping: parts.isStopping },
    inheritance: parts.inheritance,
    credentials: upkeep.material().credentials,
    events: (handle) => listenerEvents(createRefusalLimit(), { ...door, handle }),
    stages: {
      ...stages,
      page: pageOf,
      confirm: ({ identity }) => {
        identification.confirm(identity, now());
      },
    },
    forward: createProxyForward({
      socketPath: config.dockerSocket,
      relay: relayResponse,
      explain: (error) => explain(error, config.dockerSocket),
    }),
    answer: (page) => answers[page](),
  });
}

function answersOf(parts: WatchedParts): Readonly<Record<Page, () => Promise<PageAnswer>>> {
  const { now, meters, front, live, upkeep, policy, audit, isStopping } = parts;
  const ask = createAsk(parts.engine, { patienceMs: PATIENCE_MS });
  const pulse = new DaemonPulse(ask);
  const sampler = new ContainerSampler({
    ask,
    now,
    deviceName: createDeviceNames(),
    onResult: (result, count) => {
      meters.samples.add(result, count);
    },
  });
  const metrics = measure({
    ...{ meters, audit },
    material: () => upkeep.material(),
    clients: () => upkeep.clients(),
    policyVersion: () => policy?.version(),
    connections: () => {
      const identified = live.size;
      const unidentified = Math.max(0, connectionsOf(front.sockets) - identified);
      return [
        { listener: 'gate', peer: 'identified', count: identified },
        { listener: 'gate', peer: 'unidentified', count: unidentified },
      ];
    },
    daemonProblem: () => pulse.problem(),
    containers: () => sampler.sample(),
  });
  return {
    healthz: () => Promise.resolve({ status: 200, type: 'text/plain', body: 'ok\n' }),
    readyz: async () => {
      const readiness = await readinessOf({
        stopping: isStopping,
        certificates: () => {
          const { server, trust } = upkeep.material();
          return certificateProblem(server, trust.trusted, now());
        },
        audit: () => audit.failure && `the audit log cannot be written: ${audit.failure}`,
        daemon: () => pulse.problem(),
      });
      const body = `${JSON.stringify(readiness)}\n`;
      return { status: readiness.ready ? 200 : 503, type: 'application/json', body };
    },
    metrics: async () => ({
      status: 200,
      type: metrics.contentType,
      body: await metrics.text(),
    }),
  };
}
