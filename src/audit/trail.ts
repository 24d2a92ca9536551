import { randomUUID } from 'node:crypto';
import type { EffectClass } from '../docker-api/effects.ts';
import type { Operation } from '../docker-api/operation.ts';
import { CallError } from '../errors.ts';
import type { CallTarget, Connection, Exchange, Outcome, Verdict } from '../exchange.ts';
import { redactQuery } from './redact.ts';
import { safeText } from './text.ts';
import type { ChainedLog } from './write/log.ts';

/** One call's page in the trail. */
export interface CallTrail {
  /** Notes what is asked, as soon as it is known: a refusal from here on says what was refused. */
  understood(operation: Operation): void;
  /** Notes what the daemon says the call is about; too late, it is lost. */
  target(target: CallTarget): void;
  /** Notes what was decided on the call. */
  decided(verdict: Verdict): void;
  /**
   * Writes down what the call is about to do, before the daemon hears of it: an `intent` line for every call
   * but harmless reads, and for those too where they may last (upgrades and streams).
   *
   * @returns resolves when the line is as durable as the configuration asks for; undefined where it is already.
   * @throws CallError `AUDIT_UNAVAILABLE` where the trail cannot be written: no call goes unseen. Harmless reads
   * may, where the configuration says so.
   */
  intend(operation: Operation): Promise<void> | undefined;
  /** Writes the call's one `call` line. */
  close(outcome: Outcome): void;
}

/** A peer that never got as far as HTTP. */
export interface RefusedPeer {
  readonly remote: string;
  readonly tls?: string | undefined;
  readonly reason: string;
  /** Refusals that were not written since the last line of this kind. */
  readonly suppressed?: number | undefined;
}

/** Who did what, one JSON object a line. docs/audit-format.md lists the fields. */
export interface Trail {
  call(exchange: Exchange): CallTrail;
  /** Bytes of an identified peer that were no HTTP request and got a 400. */
  malformed(connection: Connection, reason: string): void;
  peerRefused(peer: RefusedPeer): void;
  /** An identified connection that the gate closed because its certificate is worth nothing any more. */
  readonly cut: (connection: Connection, reason: string) => void;
  gate(
    event: 'gate-start' | 'gate-reload' | 'gate-stop',
    detail: Readonly<Record<string, unknown>>,
  ): void;
}

/** What the trail needs of the log that it is written to. */
export type TrailLog = Pick<ChainedLog, 'append' | 'recover' | 'settled' | 'failure'>;

export interface TrailOptions {
  /** Whether harmless reads are served while the trail cannot be written. */
  readonly optionalReads: boolean;
}

/** Classes that neither change nor reveal anything (docs/decisions/0010-effect-classes.md). */
const HARMLESS: ReadonlySet<EffectClass> = new Set(['meta', 'read']);

/** @param log takes the lines. */
export function createTrail(log: TrailLog, options: TrailOptions): Trail {
  return {
    call: (exchange) => openCall(exchange, log, options),
    malformed: (connection, reason) => {
      const facts = { status: 400, end: 'refused', reason };
      log.append({ event: 'call', ...callerOf(connection), ...facts });
    },
    cut: (connection, reason) => {
      log.append({ event: 'connection-cut', ...callerOf(connection), reason });
    },
    peerRefused: (peer) => {
      log.append({ event: 'peer-refused', ...peer });
    },
    gate: (event, detail) => {
      log.append({ event, ...detail });
    },
  };
}

function openCall(
  { connection, request }: Exchange,
  log: TrailLog,
  { optionalReads }: TrailOptions,
): CallTrail {
  const started = performance.now();
  const who = callerOf(connection);
  let what: CallFacts | undefined;
  let known: Operation | undefined;
  let about: CallTarget | undefined;
  let verdict: Verdict | undefined;
  let harmless = false;
  const understood = (operation: Operation): void => {
    if (known === operation) return;
    known = operation;
    what = read(operation);
  };
  const facts = () => {
    const said = what ?? unread(request.method, request.url);
    return about === undefined ? said : { ...said, target: { ...said.target, ...about } };
  };
  return {
    understood,
    target: ({ kind, id, name, image }) => {
      about = { kind, id, name: safe(name), image: safe(image) };
    },
    decided: (decided) => {
      verdict = decided;
    },
    intend: (operation) => {
      understood(operation);
      harmless = HARMLESS.has(operation.effect);
      if (!harmless || operation.stream) {
        log.append({ event: 'intent', ...who, ...facts(), ...verdict }, harmless ? 'soon' : 'now');
      }
      // Whoever asks finds out that the log is back.
      if (log.failure !== undefined && !log.recover() && !(harmless && optionalReads)) {
        throw unavailable(log.failure);
      }
      return harmless ? undefined : durable(log);
    },
    close: ({ status, bytesIn, bytesOut, end, reason }) => {
      const line = {
        event: 'call',
        ...who,
        ...facts(),
        ...verdict,
        status,
        duration_ms: Math.round((performance.now() - started) * 1000) / 1000,
        bytes_in: bytesIn,
        bytes_out: bytesOut,
        end,
        reason: reason ?? verdict?.reason,
      };
      log.append(line, harmless ? 'soon' : 'after');
    },
  };
}

function durable(log: TrailLog): Promise<void> | undefined {
  return log.settled()?.catch((error: unknown) => {
    throw unavailable(log.failure ?? String(error));
  });
}

function unavailable(failure: string): CallError {
  return new CallError(
    'AUDIT_UNAVAILABLE',
    `the audit log cannot be written (${failure}), so this call is not served`,
  );
}

function safe(text: string | undefined): string | undefined {
  return text === undefined ? undefined : safeText(text);
}

/** A new call's id, and who makes it. */
function callerOf({ remote, tls, identity }: Connection) {
  const { user, role, serial, fingerprint } = identity;
  // Most users are our own; another CA's is told apart from them.
  const ca = identity.ca === 'own' ? undefined : identity.ca;
  return { id: randomUUID(), user, ca, role, serial, fingerprint, remote, tls };
}

/** Method, path and action of a call, as far as they are known. */
interface CallFacts {
  readonly method: string;
  readonly path: string;
  readonly query?: Record<string, string> | undefined;
  readonly action?: string;
  readonly effect?: EffectClass;
  readonly target?: (Partial<CallTarget> & { readonly asked?: readonly string[] }) | undefined;
}

/** What is logged of a request that was refused unread; its query could hold anything. */
function unread(method = '', target = ''): CallFacts {
  return { method: safeText(method), path: safeText(target.split('?', 1)[0] ?? '') };
}

function read({ method, target, action, effect, subject }: Operation): CallFacts {
  return {
    ...{ method, path: safeText(target.path), query: redactQuery(target.query), action, effect },
    target: subject.names.length === 0 ? undefined : subjectOf(subject),
  };
}

/** More names than this are not logged; a prune or a save may have many. */
const MOST_NAMES = 16;

function subjectOf({ kind, names }: Operation['subject']) {
  return { kind, asked: names.slice(0, MOST_NAMES).map((name) => safeText(name, 256)) };
}
