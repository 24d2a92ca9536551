import { performance } from 'node:perf_hooks';
import { randomUUID } from 'node:crypto';
import type { EffectClass } from '../docker-api/effects.ts';
import type { Operation } from '../docker-api/operation.ts';
import { CallError } from '../errors.ts';
import type { CallTarget, Exchange, Outcome, Verdict } from '../exchange.ts';
import { readMade, type Made } from './answers.ts';
import { PartedRecord, type WrittenFields } from './chain/record.ts';
import { describeBody, type BodyOf } from './detail/bodies.ts';
import { describeQuery } from './detail/queries.ts';
import type { Detail, DetailLevel } from './detail/values.ts';
import type { Execs, KnownExec } from './execs.ts';
import { askedOf, callerOf, targetWith, unread, type LoggedCaller } from './facts.ts';
import type { CallTrail, TrailLog } from './trail.ts';
import { writtenSaid, writtenTarget, type Ending, type LoggedTarget } from './written.ts';

/** Classes that neither change nor reveal anything (docs/decisions/0010-effect-classes.md). */
const HARMLESS: ReadonlySet<EffectClass> = new Set(['meta', 'read']);

export interface PageOptions {
  /** Whether harmless reads are served while the trail cannot be written. */
  readonly optionalReads: boolean;
  readonly detail: DetailLevel;
}

/** One call's page: gathers what becomes known of it, and writes its lines. */
export class CallPage implements CallTrail {
  readonly #exchange: Exchange;
  readonly #log: TrailLog;
  readonly #execs: Execs;
  readonly #options: PageOptions;
  readonly #started = performance.now();
  readonly #id = randomUUID();
  readonly #who: LoggedCaller;
  #operation: Operation | undefined;
  #request: WrittenFields | undefined;
  /** What the caller called the target, and what the daemon says of it. */
  #asked: LoggedTarget | undefined;
  #target: LoggedTarget | undefined;
  /** Of either, as it stands in lines. */
  #written: WrittenFields | undefined;
  #detail: Detail | undefined;
  #verdict: Verdict | undefined;
  #harmless = false;
  #made: Made | undefined;
  /** What an exec that this call made is remembered by: outlives the page, which holds a connection. */
  #exec: KnownExec | undefined;

  constructor(exchange: Exchange, log: TrailLog, execs: Execs, options: PageOptions) {
    this.#exchange = exchange;
    this.#log = log;
    this.#execs = execs;
    this.#options = options;
    this.#who = callerOf(exchange.connection);
  }

  understood(operation: Operation): void {
    if (this.#operation === operation) return;
    this.#operation = operation;
    const { request, target, written } = askedOf(this.#exchange, operation);
    this.#request = request;
    this.#asked = target;
    this.#written = this.#target === undefined ? written : undefined;
    if (this.#options.detail === 'off') return;
    this.#tell(describeQuery(operation));
    const [name] = operation.subject.names;
    if (operation.subject.kind !== 'exec' || name === undefined) return;
    const exec = this.#execs.find(name);
    if (exec === undefined) return;
    if (operation.action === 'exec.start') this.#tell(exec.detail);
    if (exec.container === undefined) return;
    const { id, ...container } = exec.container;
    this.target({ ...container, kind: 'exec', id: name, container: id });
  }

  body(body: BodyOf): void {
    if (this.#options.detail !== 'off') this.#tell(describeBody(body, this.#options.detail));
  }

  target(target: CallTarget): void {
    this.#target = targetWith(this.#target ?? this.#asked, target);
    this.#written = undefined;
    if (this.#exec !== undefined) this.#exec.container = this.#target;
  }

  decided(verdict: Verdict): void {
    this.#verdict = verdict;
  }

  intend(operation: Operation): Promise<void> | undefined {
    this.understood(operation);
    this.#harmless = HARMLESS.has(operation.effect);
    const log = this.#log;
    this.#writeIntent(operation);
    // Whoever asks finds out that the log is back; the line that found out that it was not is lost.
    if (log.failure !== undefined && log.recover()) this.#writeIntent(operation);
    const isOptional = this.#harmless && this.#options.optionalReads;
    if (log.failure !== undefined && !isOptional) throw unavailable(log.failure);
    const isAwaited = !this.#harmless || (operation.stream && !isOptional);
    return isAwaited ? durable(log) : undefined;
  }

  #writeIntent({ stream }: Operation): void {
    if (this.#harmless && !stream) return;
    this.#log.append(this.#record('intent'), this.#harmless ? 'soon' : 'awaited');
  }

  answered(outcome: Outcome): void {
    if (this.#made !== undefined || this.#operation === undefined) return;
    this.#made = {};
    if (this.#options.detail === 'off') return;
    this.#made = readMade(this.#operation.action, outcome);
    this.#learn(this.#operation, this.#made);
  }

  close(outcome: Outcome): void {
    this.answered(outcome);
    this.#log.append(this.#record('call', outcome), this.#harmless ? 'soon' : 'after');
  }

  exited(exitCode: number): void {
    const parts = [this.#who.as(), { target: this.#target ?? this.#asked, exit_code: exitCode }];
    this.#log.append(new PartedRecord('exec-exit', this.#id, parts), 'after');
  }

  #tell(detail: Detail | undefined): void {
    if (detail !== undefined) this.#detail = { ...this.#detail, ...detail };
  }

  #learn({ action, subject }: Operation, made: Made): void {
    const exec = made.detail?.['exec'];
    if (action === 'exec.create' && typeof exec === 'string') {
      this.#exec = { detail: this.#detail, container: this.#target };
      this.#execs.remember(exec, this.#exec);
    }
    this.#tell(made.detail);
    const { id, name } = made;
    if (id === undefined && name === undefined) return;
    const image = action === 'container.create' ? this.#detail?.['image'] : undefined;
    this.target({
      kind: subject.kind,
      id,
      name: name ?? subject.names[0],
      image: typeof image === 'string' ? image : undefined,
    });
  }

  /** A line of this call. What all of its lines have in common is written once. */
  #record(event: string, outcome?: Outcome): PartedRecord {
    const verdict = this.#verdict;
    return new PartedRecord(event, this.#id, [
      this.#who.as(verdict?.role),
      this.#request ?? unread(this.#exchange),
      (this.#written ??= writtenTarget(this.#target ?? this.#asked)),
      writtenSaid({
        detail: this.#shown(),
        decision: verdict?.decision,
        rule: verdict?.rule,
        ending: outcome && this.#ending(outcome),
        reason: outcome?.reason ?? verdict?.reason,
      }),
    ]);
  }

  #ending({ status, exitCode, answeredAt, bytesIn, bytesOut, end }: Outcome): Ending {
    return {
      status,
      exit_code: exitCode ?? this.#made?.exitCode,
      duration_ms: this.#since(performance.now()),
      time_to_first_byte_ms: answeredAt === undefined ? undefined : this.#since(answeredAt),
      bytes_in: bytesIn,
      bytes_out: bytesOut,
      end,
    };
  }

  /** The detail without what is not said; undefined where that leaves nothing. */
  #shown(): Detail | undefined {
    if (this.#detail === undefined) return undefined;
    const said = Object.entries(this.#detail).filter(([, value]) => value !== undefined);
    return said.length === 0 ? undefined : Object.fromEntries(said);
  }

  /** ms from the parsed head to a moment, three decimals. */
  #since(moment: number): number {
    return Math.round((moment - this.#started) * 1000) / 1000;
  }
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
