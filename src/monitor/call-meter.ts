import type { Action, EffectClass } from '../docker-api/effects.ts';
import type { Streaming } from '../docker-api/routes.ts';
import { Histogram } from './histogram.ts';

/** What the policy said; `none` where nobody was asked, or the call was refused before. */
export const DECISIONS = ['none', 'allow', 'warn', 'deny'] as const;
export type Decision = (typeof DECISIONS)[number];

/** Of the answer; `none` where there was no answer. */
export const STATUS_CLASSES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;
export type StatusClass = (typeof STATUS_CLASSES)[number];

/** Where the time of a call goes. */
export type Part = 'gate' | 'daemon';

/** What is counted of a call that has ended. */
export interface EndedCall {
  /** Undefined for a request that was refused unread. */
  readonly action: Action | undefined;
  readonly effect: EffectClass | undefined;
  readonly decision: Decision;
  /** 0 where there was no answer. */
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** From the head of the request until the daemon heard of it, or until it was refused; s. */
  readonly gateSeconds: number;
  /** From then until the head of its answer, s; undefined where there was none. */
  readonly daemonSeconds: number | undefined;
}

/** In place of an action or effect for what was refused unread. No action is called like that. */
export const UNREAD = 'unread';

/**
 * Counts calls. It is asked at every call, so it only adds numbers up; series with labels are made of them
 * when somebody asks for them. Every label comes from a list in the code: callers cannot make up new ones.
 */
export class CallMeter {
  /** Calls under way. */
  open = 0;
  bytesIn = 0;
  bytesOut = 0;
  readonly #calls = new Map<Action | typeof UNREAD, Float64Array>();
  readonly #streams = new Map<Streaming, number>();
  readonly #seconds = { gate: new Map<string, Histogram>(), daemon: new Map<string, Histogram>() };

  ended(call: EndedCall): void {
    const { action = UNREAD, effect = UNREAD, decision, status, daemonSeconds } = call;
    let counts = this.#calls.get(action);
    if (counts === undefined) {
      counts = new Float64Array(DECISIONS.length * STATUS_CLASSES.length);
      this.#calls.set(action, counts);
    }
    const at = DECISIONS.indexOf(decision) * STATUS_CLASSES.length + classOf(status);
    counts[at] = (counts[at] ?? 0) + 1;
    this.bytesIn += call.bytesIn;
    this.bytesOut += call.bytesOut;
    histogramIn(this.#seconds.gate, effect).observe(call.gateSeconds);
    if (daemonSeconds !== undefined) {
      histogramIn(this.#seconds.daemon, effect).observe(daemonSeconds);
    }
  }

  /** A call of that kind begins to last (1), or has ended (-1). */
  stream(kind: Streaming, change: 1 | -1): void {
    this.#streams.set(kind, (this.#streams.get(kind) ?? 0) + change);
  }

  /** Streams under way, of every kind that was seen. */
  streams(): Iterable<readonly [Streaming, number]> {
    return this.#streams;
  }

  /** How often each combination was met that was met at all. */
  *calls(): Generator<{
    readonly action: string;
    readonly decision: Decision;
    readonly status: StatusClass;
    readonly count: number;
  }> {
    for (const [action, counts] of this.#calls) {
      for (const [row, decision] of DECISIONS.entries()) {
        for (const [column, status] of STATUS_CLASSES.entries()) {
          const count = counts[row * STATUS_CLASSES.length + column] ?? 0;
          if (count > 0) yield { action, decision, status, count };
        }
      }
    }
  }

  *seconds(): Generator<{
    readonly part: Part;
    readonly effect: string;
    readonly histogram: Histogram;
  }> {
    for (const part of ['gate', 'daemon'] as const) {
      for (const [effect, histogram] of this.#seconds[part]) yield { part, effect, histogram };
    }
  }
}

function histogramIn(histograms: Map<string, Histogram>, effect: string): Histogram {
  let histogram = histograms.get(effect);
  if (histogram === undefined) histograms.set(effect, (histogram = new Histogram()));
  return histogram;
}

/** The place in {@link STATUS_CLASSES}. */
function classOf(status: number): number {
  const digit = Math.floor(status / 100);
  return digit >= 1 && digit <= 5 ? digit : 0;
}
