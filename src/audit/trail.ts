import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import type { Operation } from '../docker-api/operation.ts';
import { CallError } from '../errors.ts';
import type { CallTarget, Connection, Exchange, Outcome, Verdict } from '../exchange.ts';
import { redactQuery } from './redact.ts';
import { safeText } from './text.ts';
import type { LineWriter } from './writer.ts';

/** One call's page in the trail. */
export interface CallTrail {
  /** Notes what is asked, as soon as it is known: a refusal from here on says what was refused. */
  understood(operation: Operation): void;
  /** Notes what the daemon says the call is about; too late, it is lost. */
  target(target: CallTarget): void;
  /** Notes what was decided on the call. */
  decided(verdict: Verdict): void;
  /**
   * Notes what the call is about to do, and for calls that may last (upgrades and streams) writes
   * a `call-start` line at once.
   *
   * @throws CallError `AUDIT_UNAVAILABLE` where the trail cannot be written: no call goes unseen.
   */
  intend(operation: Operation): void;
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

/** Who did what, one JSON object a line. docs/architecture.md lists the fields. */
export interface Trail {
  call(exchange: Exchange): CallTrail;
  /** Bytes of an identified peer that were no HTTP request and got a 400. */
  malformed(connection: Connection, reason: string): void;
  peerRefused(peer: RefusedPeer): void;
  gate(
    event: 'gate-start' | 'gate-stop' | 'gate-reload',
    detail: Readonly<Record<string, unknown>>,
  ): void;
}

/**
 * @param writer takes the lines.
 * @param now ms since the epoch, for the lines' times.
 */
export function createTrail(writer: LineWriter, now: () => number): Trail {
  const lines = pino(
    {
      base: null,
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      // Version of the format, in the place of pino's level: every line is of the same weight.
      formatters: { level: () => ({ v: 1 }) },
    },
    writer,
  );
  let lost = 0;
  const write = (line: Readonly<Record<string, unknown>>): void => {
    // What could not be written is owned up to before anything else is.
    if (lost > 0) {
      lines.info({ event: 'gap', lost, reason: writer.failure });
      if (writer.failure === undefined) lost = 0;
    }
    if (lost === 0) lines.info(line);
    if (writer.failure !== undefined) lost += 1;
  };
  return {
    call: (exchange) => openCall(exchange, writer, write),
    malformed: (connection, reason) => {
      write({ event: 'call', ...callerOf(connection), status: 400, end: 'refused', reason });
    },
    peerRefused: (peer) => {
      write({ event: 'peer-refused', ...peer });
    },
    gate: (event, detail) => {
      write({ event, ...detail });
    },
  };
}

function openCall(
  { connection, request }: Exchange,
  writer: LineWriter,
  write: (line: Readonly<Record<string, unknown>>) => void,
): CallTrail {
  const started = performance.now();
  const who = callerOf(connection);
  let what = unread(request.method, request.url);
  let about: { readonly target?: CallTarget } = {};
  let verdict: Verdict | undefined;
  const understood = (operation: Operation): void => {
    what = read(operation);
  };
  return {
    understood,
    target: ({ kind, id, name, image }) => {
      about = { target: { kind, id, name: safe(name), image: safe(image) } };
    },
    decided: (decided) => {
      verdict = decided;
    },
    intend: (operation) => {
      understood(operation);
      if (operation.stream || writer.failure !== undefined) {
        write({ event: 'call-start', ...who, ...what, ...about, ...verdict });
      }
      if (writer.failure === undefined) return;
      throw new CallError(
        'AUDIT_UNAVAILABLE',
        `the audit log cannot be written (${writer.failure}), so no call is served`,
      );
    },
    close: ({ status, bytesIn, bytesOut, end, reason }) => {
      write({
        event: 'call',
        ...who,
        ...what,
        ...about,
        ...verdict,
        status,
        duration_ms: Math.round((performance.now() - started) * 1000) / 1000,
        bytes_in: bytesIn,
        bytes_out: bytesOut,
        end,
        reason: reason ?? verdict?.reason,
      });
    },
  };
}

function safe(text: string | undefined): string | undefined {
  return text === undefined ? undefined : safeText(text);
}

/** A new call's id, and who makes it. */
function callerOf({ remote, tls, identity }: Connection) {
  const { user, serial, fingerprint } = identity;
  return { id: randomUUID(), user, serial, fingerprint, remote, tls };
}

/** Method, path and action of a call, as far as they are known. */
interface CallFacts {
  readonly method: string;
  readonly path: string;
  readonly query?: Record<string, string> | undefined;
  readonly action?: string;
}

/** What is logged of a request that was refused unread; its query could hold anything. */
function unread(method = '', target = ''): CallFacts {
  return { method: safeText(method), path: safeText(target.split('?', 1)[0] ?? '') };
}

function read({ method, target, action }: Operation): CallFacts {
  return { method, path: safeText(target.path), query: redactQuery(target.query), action };
}
