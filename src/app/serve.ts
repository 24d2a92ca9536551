import { isDescribed } from '../audit/detail/bodies.ts';
import { findUnfinished } from '../audit/read/unfinished.ts';
import { createTrail } from '../audit/trail.ts';
import { openLog } from '../audit/write/open.ts';
import type { Config, ListenAddress } from '../config/schema.ts';
import { createEngine } from '../engine/engine.ts';
import { CallError } from '../errors.ts';
import { createForward } from '../forward/forward.ts';
import { relayResponse } from '../forward/response.ts';
import { createHijack } from '../hijack/hijack.ts';
import { receiveBody } from '../hijack/receive.ts';
import { createIdentification } from '../identity/identify.ts';
import { createPipeline } from '../pipeline.ts';
import type { InventoryEntry } from '../pki/inventory.ts';
import { createResolver } from '../resolve/resolver.ts';
import { createReadBody } from '../understand/body.ts';
import { needsBody, type BodyNeeds } from '../understand/needs-body.ts';
import { understand } from '../understand/understand.ts';
import { withAnswers } from './answers.ts';
import { createAsk } from './ask.ts';
import { factsOf } from './certificate-events.ts';
import { checkDockerSocket } from './docker-socket.ts';
import { exitOf } from './exec-exits.ts';
import { ExitWatch } from './exit-watch.ts';
import { createFront } from './front.ts';
import { createHostPath } from './host-files.ts';
import { InFlight } from './in-flight.ts';
import { allowancesOf, createJudgement } from './judgement.ts';
import { addressText } from './listen.ts';
import { LiveConnections } from './live-connections.ts';
import type { Log } from './log.ts';
import { materialFiles, readMaterial } from './material.ts';
import { openPolicy, type PolicyFile } from './policy.ts';
import { createRefuse } from './refuse.ts';
import { withReloads, type ReloadEvent } from './reload-events.ts';
import { stopServers } from './shutdown.ts';
import { StreamCap } from './stream-cap.ts';
import { describeTarget } from './targets.ts';
import { startUpkeep } from './upkeep.ts';
import { Usage } from './usage.ts';
import { signatureOf } from './watch-files.ts';

/** What a gate gets from outside, besides its configuration. */
export interface GateDeps {
  readonly log: Log;
  /** ms since the epoch. */
  readonly now?: () => number;
  /** What has to know the bodies of calls; by default nothing. */
  readonly bodyNeeds?: BodyNeeds;
  /** Certificates that were made for this start. */
  readonly issued?: readonly InventoryEntry[] | undefined;
  /** Hears of each reload, and what came of it. */
  readonly onReload?: (event: ReloadEvent) => void;
}

const NOTHING: BodyNeeds = { policy: false, auditDetail: false };

/** A gate that is running. */
export interface Gate {
  /** Where it listens, with the ports that were taken. */
  readonly addresses: readonly ListenAddress[];
  /**
   * Reads policy, certificates and revocation lists anew, as the gate does by itself when they change. What is bad
   * is refused whole, and the old one stays.
   *
   * @param cause for the log. Resolves when it is done; the log says how it went.
   */
  reload(cause: string): Promise<void>;
  /**
   * Stops accepting, lets calls in flight finish, cuts the rest, and ends the trail.
   *
   * @param graceMs how long the calls may take; by default what the configuration says. A second
   * call with 0 cuts at once.
   */
  stop(graceMs?: number): Promise<void>;
  /** False where an address that the gate was to listen on is not listened on any more. */
  isListening(): boolean;
  /** Opens the audit log again by its name, after somebody has moved the file away. */
  reopenLog(): void;
}

/**
 * Puts a gate together, in the order in which a call passes it, and opens it.
 *
 * @throws CommandError where it cannot run: certificates, audit log, addresses, docker host.
 */
export async function startGate(config: Config, deps: GateDeps): Promise<Gate> {
  const { log, now = Date.now, bodyNeeds = NOTHING, issued = [] } = deps;
  const since = signatureOf(materialFiles(config));
  const material = readMaterial(config, now());
  const daemonProblem = checkDockerSocket(config.dockerSocket);
  const policy = policyOf(config, log, (cause, reason) => {
    const result = reason === undefined ? 'accepted' : 'refused';
    trail.gate('gate-reload', { cause, result, reason, policy: config.policyFile });
  });
  const audit = await openLog(config.auditLog, config.audit, {
    now,
    onError: (error) => {
      log.error({ err: error }, 'a rotated audit log could not be compressed or removed');
    },
    onState: (reason) => {
      if (reason === undefined) {
        log.info('the audit log can be written again; its gap line says what was lost');
      } else {
        log.error({ reason }, 'the audit log cannot be written: calls are refused with 503');
      }
    },
  });
  const trail = withReloads(createTrail(audit.log, config.audit), deps.onReload);
  for (const call of await findUnfinished(audit.file)) audit.log.append(call, 'after');
  for (const entry of issued) trail.certificate('certificate-issued', factsOf(entry));
  const engine = createEngine(config.dockerSocket);
  const ask = createAsk(engine);
  const resolver = createResolver(ask);
  const exits = new ExitWatch(engine);
  const isDetailed = config.audit.detail !== 'off';
  const resolveHostPath = createHostPath(config.dockerSocket);
  const bench = () => policy && { policy: policy.current(), resolveHostPath };
  const usage = new Usage(() => performance.now());
  const inFlight = new InFlight();
  const streams = new StreamCap(config.limits.streamsPerUser);
  const identification = createIdentification(material.trust);
  const { standing } = identification;
  const live = new LiveConnections({ standing, now, onCut: trail.cut });
  let stopping = false;

  const handle = createPipeline({
    open: (exchange) => {
      const { connection } = exchange;
      const ended = inFlight.track(live.track(connection, trail.call(exchange)));
      const described = isDetailed
        ? describeTarget(exitOf(ended, { ask, watch: exits, now }), resolver)
        : ended;
      const page = usage.track(described, () => allowancesOf(bench(), connection, now()));
      return streams.track(connection.identity, page);
    },
    identify: ({ connection, over }) => {
      if (over !== undefined) throw new CallError('CONNECTION_OVER', over);
      if (stopping) throw new CallError('STOPPING', 'this gate is stopping; try again later');
      identification.confirm(connection.identity, now());
    },
    understand,
    ...createJudgement({ bench, resolver, now }),
    readBody: createReadBody({
      isNeeded: (operation) =>
        needsBody(operation, bodyNeeds) || (isDetailed && isDescribed(operation.action)),
      maxBytes: config.maxInspectedBody,
      receive: receiveBody,
    }),
    forward: isDetailed ? withAnswers(createForward(engine)) : createForward(engine),
    hijack: createHijack(engine, relayResponse),
    refuse: createRefuse(log),
  });
  const front = createFront(config, material.credentials, {
    log,
    trail,
    handle,
    identify: (socket) => identification.identify(socket, now()),
    onAdmitted: (socket, connection) => {
      live.add(socket, connection);
      upkeep.seen(connection.identity);
    },
  });
  const stopAll = (graceMs: number): Promise<void> =>
    stopServers({ servers: front.servers, sockets: front.sockets, inFlight, graceMs });

  const upkeep = startUpkeep(material, {
    config,
    log,
    trail,
    now,
    standing,
    since,
    apply: ({ credentials, trust }) => {
      front.swap(credentials);
      identification.replace(trust);
      live.sweep();
    },
  });
  const addresses = await front.listen(async () => {
    upkeep.close();
    await stopAll(0);
    policy?.close();
    audit.close();
  });
  trail.gate('gate-start', { listen: addresses.map(addressText), daemon: config.dockerSocket });
  announce(log, addresses, config, daemonProblem);

  return {
    addresses,
    reload: async (cause) => {
      policy?.reload(cause);
      await upkeep.reload(cause);
    },
    stop: async (graceMs = config.shutdownTimeoutMs) => {
      stopping = true;
      policy?.close();
      await stopAll(graceMs);
      upkeep.close();
      live.close();
      exits.close();
      if (!audit.log.open) return;
      trail.gate('gate-stop', { suppressed: front.drainSuppressed() || undefined });
      engine.close();
      audit.close();
    },
    isListening: () => stopping || front.servers.every(({ listening }) => listening),
    reopenLog: () => {
      audit.log.reopen();
    },
  };
}

/** @throws CommandError where the policy that was asked for cannot be had. */
function policyOf(
  { policyFile }: Config,
  log: Log,
  onReload: (cause: string, problem: string | undefined) => void,
): PolicyFile | undefined {
  return policyFile === undefined ? undefined : openPolicy({ file: policyFile, log, onReload });
}

function announce(
  log: Log,
  addresses: readonly ListenAddress[],
  config: Config,
  daemonProblem: string | undefined,
): void {
  for (const address of addresses) {
    log.info({ address: `tcp://${addressText(address)}` }, 'listening');
  }
  if (config.policyFile === undefined) {
    log.warn('no policy: every valid client certificate is root on this host, as with dockerd');
  }
  if (daemonProblem !== undefined) {
    log.warn(
      { socket: config.dockerSocket, code: daemonProblem },
      'the Docker daemon cannot be reached yet; calls get 502 until it is up',
    );
  }
}
