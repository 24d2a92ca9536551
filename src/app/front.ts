import { Server, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Trail } from '../audit/trail.ts';
import type { Config, ListenAddress } from '../config/schema.ts';
import type { Connection, Exchange } from '../exchange.ts';
import type { LocalIdentity } from '../identity/types.ts';
import type { ListenerCaps } from '../listener/caps.ts';
import type { Listener } from '../listener/http-server.ts';
import { createListener, type ListenerEvents, type TlsListener } from '../listener/listener.ts';
import { createLocalListener, type LocalEvents } from '../listener/local.ts';
import { RateLimit } from '../listener/rate.ts';
import { tlsOptions, type Credentials } from '../listener/tls.ts';
import type { Tally } from '../monitor/tally.ts';
import { countHandshakes, type HandshakeOutcome } from './handshakes.ts';
import type { Log } from './log.ts';
import { openAll, type OpenSocket } from './open-sockets.ts';
import { whenEmpty } from './shutdown.ts';
import type { Inheritance, Inherited } from '../sockets/inherited.ts';

/** What the front asks and tells. */
export interface FrontDeps extends DoorDeps {
  /** Sockets that this process was started with. */
  readonly inheritance: Inheritance;
  /** @param socketPath that a local caller comes in by. */
  readonly identifyLocal: (socketPath: string) => LocalIdentity;
  /** Counts handshakes, where somebody wants to know. */
  readonly handshakes: Tally<HandshakeOutcome> | undefined;
}

/** What becomes of those who come to a listener. */
export interface DoorDeps {
  readonly log: Log;
  readonly trail: Trail;
  readonly identify: ListenerEvents['identify'];
  readonly onAdmitted: (socket: Socket, connection: Connection) => void;
  /** Carries one call to its end. */
  readonly handle: (exchange: Exchange) => Promise<void>;
}

/** Every address that the gate listens on, as one. */
export class Front {
  /** Every connection, from before its handshake to its end. */
  readonly sockets = new Set<Socket>();
  readonly #config: Config;
  readonly #deps: FrontDeps;
  readonly #refusals = createRefusalLimit();
  readonly #events: ListenerEvents & LocalEvents;
  readonly #tls = new Set<TlsListener>();
  readonly #listeners = new Set<Listener>();
  #credentials: Credentials;
  #open: readonly OpenSocket[] = [];

  /** Nothing is open yet. */
  constructor(config: Config, credentials: Credentials, deps: FrontDeps) {
    this.#config = config;
    this.#credentials = credentials;
    this.#deps = deps;
    this.#events = listenerEvents(this.#refusals, deps);
  }

  get listeners(): ReadonlySet<Listener> {
    return this.#listeners;
  }

  /** What is open, in the order in which it was asked for. */
  get open(): readonly OpenSocket[] {
    return this.#open;
  }

  /** Where it listens by mutual TLS, with the ports that were taken. */
  get addresses(): readonly ListenAddress[] {
    return this.#open.flatMap(({ address }) => (address === undefined ? [] : [address]));
  }

  /** Paths of the sockets for local callers. */
  get localSockets(): readonly string[] {
    return this.#open.flatMap(({ socketPath }) => (socketPath === undefined ? [] : [socketPath]));
  }

  /** Sockets that a service manager opened, and nothing was said of. */
  get unserved(): readonly Inherited[] {
    const served = this.#open.map(({ inherited }) => inherited);
    return this.#deps.inheritance.activated.filter((one) => !served.includes(one));
  }

  /** False where one of its servers does not listen any more. */
  get isListening(): boolean {
    return [...this.#listeners].every(({ server }) => server.listening);
  }

  /** Whether somebody else keeps all of its sockets open, who starts another process for whoever connects. */
  get isHeldElsewhere(): boolean {
    return this.#open.length > 0 && this.#open.every(({ inherited }) => inherited !== undefined);
  }

  /** Opens all addresses, or none. @throws CommandError `LISTEN_FAILED`. */
  async listen(): Promise<void> {
    const { log, inheritance } = this.#deps;
    this.#open = await openAll(this.#config, inheritance, {
      tls: () => this.#track(this.#newTls()),
      local: (socketPath) => this.#track(this.#newLocal(socketPath)),
      onError: (error) => {
        // Such as EMFILE when accepting: the next one may be accepted again.
        log.error({ err: error }, 'the listener met an error and goes on');
      },
    });
  }

  /** New handshakes show and believe these; connections that are open go on. */
  swap(credentials: Credentials): void {
    this.#credentials = credentials;
    // All options, not only what is new: what is left out falls back to Node's defaults.
    for (const { server } of this.#tls) server.setSecureContext(tlsOptions(credentials));
  }

  /** How many refusals have not been written down. */
  drainSuppressed(): number {
    return this.#refusals.drain();
  }

  /**
   * Leaves the listening sockets to another process that has them open: accepts nothing more, and says so on every
   * connection behind its next answer. Their names stay.
   */
  release(): void {
    for (const listener of this.#listeners) {
      // The server's own `close` would cut idle connections, on which a request may be on its way.
      Server.prototype.close.call(listener.server);
      listener.drain();
    }
    this.#open = [];
  }

  /** Closes connections that neither send a request nor wait for an answer. */
  closeIdle(): void {
    for (const listener of this.#listeners) listener.closeIdle();
  }

  /** Resolves when no connection is open. */
  empty(): Promise<void> {
    return whenEmpty(this.sockets);
  }

  /** Takes the names of its sockets out of the file system, but for those that are somebody else's. */
  removeNames(): void {
    for (const { remove } of this.#open) remove?.();
  }

  #newTls(): TlsListener {
    const { handshakes } = this.#deps;
    const events =
      handshakes === undefined ? this.#events : countHandshakes(this.#events, handshakes);
    const listener = createListener(this.#credentials, capsOf(this.#config), events);
    this.#tls.add(listener);
    return listener;
  }

  #newLocal(socketPath: string): Listener {
    const identity = this.#deps.identifyLocal(socketPath);
    return createLocalListener(identity, capsOf(this.#config), this.#events);
  }

  #track(listener: Listener): Listener {
    const add = (socket: Socket): void => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    };
    listener.server.on('connection', add);
    listener.server.on('secureConnection', add);
    this.#listeners.add(listener);
    return listener;
  }
}

function capsOf({ limits }: Config): ListenerCaps {
  const { connections, connectionsPerUser, handshakes, handshakesPerSecond } = limits;
  return {
    total: connections,
    perUser: connectionsPerUser,
    unidentified: handshakes,
    handshakesPerSecond,
  };
}

/** Refused peers are logged, so many of each address at a time: a flood costs no disk. */
export function createRefusalLimit(): RateLimit {
  return new RateLimit(20, 10_000, () => performance.now());
}

/** What a listener asks and tells, put together. */
export function listenerEvents(
  refusals: RateLimit,
  { log, trail, identify, onAdmitted, handle }: DoorDeps,
): ListenerEvents & LocalEvents {
  return {
    identify,
    onAdmitted,
    onRefused: (remote, tls, reason) => {
      const suppressed = refusals.take(remote.replace(/:\d+$/, ''));
      if (suppressed === undefined) return;
      trail.peerRefused({ remote, tls, reason, suppressed: suppressed || undefined });
    },
    onMalformed: (connection, reason) => {
      trail.malformed(connection, reason);
    },
    // The pipeline answers for every error; should it have one of its own, it costs one connection.
    onExchange: async (exchange) => {
      try {
        await handle(exchange);
      } catch (error) {
        log.error({ err: error }, 'a call could not be ended in order');
        exchange.request.socket.destroy();
      }
    },
  };
}
