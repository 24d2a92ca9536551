import { performance } from 'node:perf_hooks';
import { PageOver } from '../audit/page.ts';
import type { CallTrail, Trail } from '../audit/trail.ts';
import type { Operation } from '../docker-api/operation.ts';
import type { Outcome, Verdict } from '../exchange.ts';
import type { CallMeter, Decision } from '../monitor/call-meter.ts';
import type { Tally } from '../monitor/tally.ts';

/** What is read again while the gate runs, and what came of it. */
export const RELOADS = [
  'certificates accepted',
  'certificates refused',
  'policy accepted',
  'policy refused',
] as const;

export interface TrailMeters {
  readonly calls: CallMeter;
  readonly reloads: Tally<(typeof RELOADS)[number]>;
  readonly cuts: Tally<'cut'>;
}

/** A trail that also counts what it hears: every call has its page, so none is missed. */
export function meteredTrail(trail: Trail, { calls, reloads, cuts }: TrailMeters): Trail {
  return {
    ...trail,
    call: (exchange) => new MeteredPage(trail.call(exchange), calls),
    malformed: (connection, reason) => {
      calls.ended({ ...UNREAD_CALL, status: 400 });
      trail.malformed(connection, reason);
    },
    cut: (connection, reason) => {
      cuts.add('cut');
      trail.cut(connection, reason);
    },
    gate: (event, detail) => {
      if (event === 'gate-reload') {
        const what = detail['policy'] === undefined ? 'certificates' : 'policy';
        reloads.add(`${what} ${detail['result'] === 'accepted' ? 'accepted' : 'refused'}`);
      }
      trail.gate(event, detail);
    },
  };
}

const UNREAD_CALL = {
  action: undefined,
  effect: undefined,
  decision: 'none',
  bytesIn: 0,
  bytesOut: 0,
  gateSeconds: 0,
  daemonSeconds: undefined,
} as const;

class MeteredPage extends PageOver {
  readonly #meter: CallMeter;
  readonly #began = performance.now();
  #passedOn: number | undefined;
  #operation: Operation | undefined;
  #decision: Decision = 'none';
  #isStream = false;

  constructor(page: CallTrail, meter: CallMeter) {
    super(page);
    this.#meter = meter;
    meter.open += 1;
  }

  override understood(operation: Operation): void {
    this.#operation = operation;
    this.page.understood(operation);
  }

  override decided(verdict: Verdict): void {
    this.#decision = verdict.decision;
    this.page.decided(verdict);
  }

  override intend(operation: Operation): Promise<void> | undefined {
    const written = this.page.intend(operation);
    if (written === undefined) {
      this.#passOn(operation);
      return undefined;
    }
    return written.then(() => {
      this.#passOn(operation);
    });
  }

  override close(outcome: Outcome): void {
    const { status, bytesIn, bytesOut, answeredAt } = outcome;
    const passedOn = this.#passedOn;
    if (this.#isStream && this.#operation) this.#meter.stream(this.#operation.streaming, -1);
    this.#meter.open -= 1;
    this.#meter.ended({
      action: this.#operation?.action,
      effect: this.#operation?.effect,
      decision: this.#decision,
      status,
      bytesIn,
      bytesOut,
      gateSeconds: ((passedOn ?? performance.now()) - this.#began) / 1000,
      daemonSeconds:
        passedOn === undefined || answeredAt === undefined
          ? undefined
          : Math.max(0, answeredAt - passedOn) / 1000,
    });
    this.page.close(outcome);
  }

  #passOn({ stream, streaming }: Operation): void {
    this.#passedOn = performance.now();
    if (!stream) return;
    this.#isStream = true;
    this.#meter.stream(streaming, 1);
  }
}
