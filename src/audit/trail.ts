import { randomUUID } from 'node:crypto';
import type { Operation } from '../docker-api/operation.ts';
import type { CallTarget, Connection, Exchange, Outcome, Verdict } from '../exchange.ts';
import { CallPage, type PageOptions } from './call-page.ts';
import { PartedRecord } from './chain/record.ts';
import { certificateRecord, type CertificateEvent, type CertificateFacts } from './certificate.ts';
import type { BodyOf } from './detail/bodies.ts';
import { Execs } from './execs.ts';
import { callerOf } from './facts.ts';
import type { ChainedLog } from './write/log.ts';

/** One call's page in the trail. */
export interface CallTrail {
  /** Notes what is asked, as soon as it is known: a refusal from here on says what was refused. */
  understood(operation: Operation): void;
  /** Notes what its body says, where that was read. */
  body(body: BodyOf): void;
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
  /**
   * Takes in what the daemon answered, where the line is written later: calls that follow may be about what this
   * one made.
   */
  answered(outcome: Outcome): void;
  /** Writes the call's one `call` line. */
  close(outcome: Outcome): void;
  /** Writes that the process of an exec has ended, where that was after its call. */
  exited(exitCode: number): void;
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
    event: 'gate-start' | 'gate-reload' | 'gate-upgrade' | 'gate-stop',
    detail: Readonly<Record<string, unknown>>,
  ): void;
  /** A certificate of the gate's CA changed, and this process did it. */
  certificate(event: CertificateEvent, facts: CertificateFacts): void;
}

/** What the trail needs of the log that it is written to. */
export type TrailLog = Pick<ChainedLog, 'append' | 'recover' | 'settled' | 'failure'>;

/** @param log takes the lines. */
export function createTrail(log: TrailLog, options: PageOptions): Trail {
  const execs = new Execs();
  const told = (
    event: string,
    connection: Connection,
    facts: Readonly<Record<string, unknown>>,
  ): PartedRecord => new PartedRecord(event, randomUUID(), [callerOf(connection).as(), facts]);
  return {
    call: (exchange) => new CallPage(exchange, log, execs, options),
    malformed: (connection, reason) => {
      const facts = { status: 400, end: 'refused', reason };
      log.append(told('call', connection, facts));
    },
    cut: (connection, reason) => {
      log.append(told('connection-cut', connection, { reason }));
    },
    peerRefused: (peer) => {
      log.append({ event: 'peer-refused', ...peer });
    },
    gate: (event, detail) => {
      log.append({ event, ...detail });
    },
    certificate: (event, facts) => {
      log.append(certificateRecord(event, facts));
    },
  };
}
