import { Server, type Socket } from 'node:net';
import { PageOver } from '../audit/page.ts';
import type { CallTrail, Trail } from '../audit/trail.ts';
import type { ListenAddress, MetricsAddress } from '../config/schema.ts';
import type { Operation } from '../docker-api/operation.ts';
import { CallError } from '../errors.ts';
import type { Connection, Exchange, Outcome } from '../exchange.ts';
import { LOOPBACK } from '../identity/types.ts';
import type { Listener } from '../listener/http-server.ts';
import { createListener, type ListenerEvents } from '../listener/listener.ts';
import { createLoopbackListener } from '../listener/loopback.ts';
import { tlsOptions, type Credentials } from '../listener/tls.ts';
import { refuseOtherSites } from '../monitor/browser.ts';
import {
  answerPage,
  asPage,
  isPageAction,
  pageOf,
  type Page,
  type PageAnswer,
} from '../monitor/pages.ts';
import { notInView, requireInView, viewTarget } from '../monitor/view.ts';
import { createPipeline, type Stages } from '../pipeline.ts';
import { understand, type Understood } from '../understand/understand.ts';
import { InFlight } from './in-flight.ts';
import type { Inheritance } from '../sockets/inherited.ts';
import { addressText, listen } from './listen.ts';
import { meteredTrail } from './metered-trail.ts';
import type { Meters } from './meters.ts';
import { stopServers, whenEmpty } from './shutdown.ts';

/** Few ask, and often: whoever opens more than this does not read metrics. */
const CAPS = { total: 256, perUser: 128, unidentified: 64, handshakesPerSecond: 100 };

export interface MonitorDeps {
  readonly trail: Trail;
  readonly meters: Meters;
  readonly credentials: Credentials;
  /** What a listener of the gate asks and tells; the same identities are let in here. */
  readonly events: (handle: (exchange: Exchange) => Promise<void>) => ListenerEvents;
  /** The stages of the gate, for what is judged here as there. */
  readonly stages: Pick<Stages, 'judge' | 'resolve' | 'authorize' | 'refuse'> & {
    /** Is the caller still who the handshake said? */
    readonly confirm: (connection: Connection) => void;
    /** Puts what counts and limits calls around a call's page. */
    readonly page: (exchange: Exchange, page: CallTrail, calls: InFlight) => CallTrail;
  };
  /** Carries a call of the read-only view. */
  readonly forward: Stages['forward'];
  readonly answer: (page: Page) => Promise<PageAnswer>;
  readonly isStopping: () => boolean;
  /** Sockets that this process was started with. */
  readonly inheritance: Inheritance;
}

/** The listener from which the gate is watched. */
export interface Monitor {
  readonly sockets: ReadonlySet<Socket>;
  readonly listener: Listener;
  /** For a process that takes the socket over: what it was opened for. No `--host` is called like that. */
  readonly origin: string;
  /** @throws CommandError `LISTEN_FAILED`. */
  listen(): Promise<ListenAddress>;
  /** New handshakes show and believe these. */
  swap(credentials: Credentials): void;
  /** Leaves the listening socket to another process that has it open. */
  release(): void;
  /** Closes connections that neither send a request nor wait for an answer. */
  closeIdle(): void;
  /** Resolves when no connection is open. */
  empty(): Promise<void>;
  /** Ends the calls of the view at once: they are no work that has to be finished. */
  stop(): Promise<void>;
}

/**
 * Health, metrics and the read-only view, on a listener of their own. Calls pass the same stages as those of the gate;
 * what may be asked is a short list, and who asks on loopback is the user `monitor`.
 */
export function createMonitor(address: MetricsAddress, deps: MonitorDeps): Monitor {
  const inFlight = new InFlight();
  const origin = `metrics tcp://${addressText(address)}`;
  // Taken now: what nobody has taken when the gate's own addresses are open is closed.
  const fd = deps.inheritance.takeOver(origin);
  const sockets = new Set<Socket>();
  const events = deps.events(createPipeline(stagesOf(address, deps, inFlight)));
  const { listener, swap } = open(address, events, deps.credentials);
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  listener.server.on('connection', track);
  listener.server.on('secureConnection', track);
  return {
    sockets,
    swap,
    listen: () => listen(listener.server, address, fd, '--metrics'),
    listener,
    origin,
    release: () => {
      // The server's own `close` would cut idle connections, on which a request may be on its way.
      Server.prototype.close.call(listener.server);
      listener.drain();
    },
    closeIdle: () => {
      listener.closeIdle();
    },
    empty: () => whenEmpty(sockets),
    stop: () => stopServers({ listeners: new Set([listener]), sockets, inFlight, graceMs: 0 }),
  };
}

interface Opened {
  readonly listener: Listener;
  readonly swap: (credentials: Credentials) => void;
}

function open({ plain }: MetricsAddress, events: ListenerEvents, credentials: Credentials): Opened {
  if (plain) {
    return { listener: createLoopbackListener(CAPS, events), swap: () => undefined };
  }
  const listener = createListener(credentials, CAPS, events);
  return {
    listener,
    swap: (next) => {
      listener.server.setSecureContext(tlsOptions(next));
    },
  };
}

function stagesOf(address: MetricsAddress, deps: MonitorDeps, inFlight: InFlight): Stages {
  const { stages, forward, answer, isStopping } = deps;
  const trail = meteredTrail(quietPages(deps.trail), deps.meters);
  return {
    open: (exchange) => stages.page(exchange, trail.call(exchange), inFlight),
    identify: ({ connection, request, over }) => {
      if (over !== undefined) throw new CallError('CONNECTION_OVER', over);
      if (connection.identity.ca !== LOOPBACK) stages.confirm(connection);
      refuseOtherSites(request.rawHeaders, address.plain);
      // Health is told to the end.
      if (isStopping() && pageOf(request.url ?? '') === undefined) {
        throw new CallError('STOPPING', 'this gate is stopping; try again later');
      }
    },
    understand: understandWatcher,
    judge: (exchange, operation) => {
      // Whoever opened this address on loopback meant its pages for every process there.
      if (isPageAction(operation.action)) {
        return address.plain ? undefined : stages.judge(exchange, operation);
      }
      if (viewTarget(exchange.request.url ?? '') === undefined) throw notInView();
      requireInView(operation);
      return stages.judge(exchange, operation);
    },
    readBody: (_, call) => Promise.resolve(call),
    resolve: stages.resolve,
    authorize: stages.authorize,
    forward: async (exchange, call): Promise<Outcome> => {
      const page = pageOf(exchange.request.url ?? '');
      if (page === undefined) return forward(exchange, call);
      return answerPage(exchange, await answer(page));
    },
    hijack: () => Promise.reject(notInView()),
    refuse: stages.refuse,
  };
}

/**
 * Reads a request as the gate's own understanding does, head and all. Below `/engine` it is what the daemon would read.
 *
 * @throws CallError as {@link understand} does, and `REQUEST_MALFORMED` for a GET with a body.
 */
function understandWatcher(exchange: Exchange): Understood {
  const { method, url = '' } = exchange.request;
  const call = understand(exchange, viewTarget(url));
  if (method !== 'GET') return call;
  if (call.upstream.hasBody) {
    throw new CallError('REQUEST_MALFORMED', 'refused: a body on GET');
  }
  const page = pageOf(url);
  return page === undefined ? call : { ...call, operation: asPage(call.operation, page) };
}

/**
 * Pages are asked for every few seconds, and reach no daemon: only what was refused is in the trail. While the trail
 * cannot be written they are served all the same, to say so.
 */
function quietPages(trail: Trail): Trail {
  return { ...trail, call: (exchange) => new QuietPage(trail.call(exchange)) };
}

class QuietPage extends PageOver {
  #isPage = false;

  override understood(operation: Operation): void {
    this.#isPage = isPageAction(operation.action);
    this.page.understood(operation);
  }

  override intend(operation: Operation): Promise<void> | undefined {
    return this.#isPage ? undefined : this.page.intend(operation);
  }

  override close(outcome: Outcome): void {
    if (!this.#isPage || outcome.end === 'refused') this.page.close(outcome);
  }
}
