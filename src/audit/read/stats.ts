import { ROUTES } from '../../docker-api/routes.ts';
import { blocksOf, type OnRead } from './blocks.ts';
import type { Chain } from './files.ts';
import { compileFilter, decisionOf, type Fields, type FilterOptions } from './filter.ts';
import { paths } from './locate.ts';
import { eachMatch } from './match.ts';

/** What was counted of one user, action or hour. */
export interface Tally {
  readonly name: string;
  readonly calls: number;
  readonly refusals: number;
  /** Answers of 400 and above, and calls that broke. */
  readonly errors: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly maxMs: number;
  readonly meanMs: number;
}

export interface SlowCall {
  readonly time: string;
  readonly id: string;
  readonly user: string;
  readonly action: string;
  readonly path: string;
  readonly durationMs: number;
}

export interface Stats {
  readonly total: Tally;
  readonly refusedPeers: number;
  /** Most calls first. */
  readonly users: readonly Tally[];
  readonly actions: readonly Tally[];
  /** In order; `2026-03-01T12`. */
  readonly hours: readonly Tally[];
  /** Slowest first; without calls that last as long as the caller likes. */
  readonly slowest: readonly SlowCall[];
  /** Users whose first call in the whole trail is one of those that were counted, with its time. */
  readonly newUsers: readonly { readonly user: string; readonly time: string }[];
  /** Lines that are torn or damaged. */
  readonly badLines: number;
}

const SLOWEST = 10;
/** A name that nobody issued, such as those of forged lines, must not fill the memory. */
const MOST_NAMES = 10_000;
const LASTING: ReadonlySet<string> = new Set(
  ROUTES.filter(({ streaming }) => streaming !== 'none').map(({ action }) => action),
);

/** Counts calls. @throws CommandError `AUDIT_UNREADABLE`. */
export async function countCalls(
  chains: readonly Chain[],
  options: FilterOptions,
  onRead?: OnRead,
): Promise<Stats> {
  const counter = new Counter();
  const filter = compileFilter({ ...options, event: ['call', 'call-refused', 'peer-refused'] });
  const earlier = options.since === undefined ? undefined : before(options.since);
  let badLines = 0;
  for (const { files } of chains) {
    for await (const path of paths(files)) {
      for await (const block of blocksOf(path, onRead)) {
        if (earlier !== undefined) {
          eachMatch(block, earlier, ({ fields }) => {
            counter.seen(fields);
          });
        }
        badLines += eachMatch(block, filter, ({ fields }) => {
          counter.add(fields);
        });
      }
    }
  }
  return { ...counter.result(), badLines };
}

function before(since: number) {
  return compileFilter({ event: ['call'], until: since });
}

class Counter {
  readonly #total = new Count('');
  readonly #users = new Map<string, Count>();
  readonly #actions = new Map<string, Count>();
  readonly #hours = new Map<string, Count>();
  readonly #first = new Map<string, string>();
  readonly #known = new Set<string>();
  #slowest: SlowCall[] = [];
  #peers = 0;

  /** A call before those that count. */
  seen({ user }: Fields): void {
    if (this.#known.size < MOST_NAMES) this.#known.add(text(user));
  }

  add(fields: Fields): void {
    if (fields['event'] === 'peer-refused') {
      this.#peers += 1 + number(fields['suppressed']);
      return;
    }
    const user = text(fields['user']);
    const action = text(fields['action']) || 'unread';
    const time = text(fields['time']);
    this.#total.add(fields);
    count(this.#users, user, fields);
    count(this.#actions, action, fields);
    count(this.#hours, time.slice(0, 13), fields);
    const first = this.#first.get(user);
    if (first === undefined ? this.#first.size < MOST_NAMES : time < first) {
      this.#first.set(user, time);
    }
    this.#slow(fields, action);
  }

  #slow(fields: Fields, action: string): void {
    const durationMs = number(fields['duration_ms']);
    if (LASTING.has(action) || durationMs <= (this.#slowest.at(SLOWEST - 1)?.durationMs ?? 0))
      return;
    const { time, id, user, path } = fields;
    const call = { time: text(time), id: text(id), user: text(user), action, path: text(path) };
    this.#slowest = [...this.#slowest, { ...call, durationMs }]
      .toSorted((a, b) => b.durationMs - a.durationMs)
      .slice(0, SLOWEST);
  }

  result(): Omit<Stats, 'badLines'> {
    const byName = tallies(this.#hours).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return {
      total: this.#total.tally(),
      refusedPeers: this.#peers,
      users: tallies(this.#users),
      actions: tallies(this.#actions),
      hours: byName,
      slowest: this.#slowest,
      newUsers: [...this.#first]
        .filter(([user]) => !this.#known.has(user))
        .map(([user, time]) => ({ user, time }))
        .toSorted((a, b) => (a.time < b.time ? -1 : 1)),
    };
  }
}

function tallies(counts: ReadonlyMap<string, Count>): Tally[] {
  return [...counts.values()].map((one) => one.tally()).toSorted((a, b) => b.calls - a.calls);
}

function count(counts: Map<string, Count>, name: string, fields: Fields): void {
  let one = counts.get(name);
  if (one === undefined) {
    const key = counts.size < MOST_NAMES ? name : '…';
    one = counts.get(key) ?? new Count(key);
    counts.set(key, one);
  }
  one.add(fields);
}

/** Ends of calls that did not come to their own. */
const BROKEN = new Set(['daemon-gone', 'certificate-ended', 'gate-stopped', 'gate-killed']);

class Count {
  readonly #name: string;
  #calls = 0;
  #refusals = 0;
  #errors = 0;
  #bytesIn = 0;
  #bytesOut = 0;
  #maxMs = 0;
  #sumMs = 0;

  constructor(name: string) {
    this.#name = name;
  }

  add(fields: Fields): void {
    const ms = number(fields['duration_ms']);
    const end = fields['end'];
    const broke = BROKEN.has(String(end));
    this.#calls += 1;
    if (decisionOf(fields) === 'deny') this.#refusals += 1;
    if (number(fields['status']) >= 400 || broke) this.#errors += 1;
    this.#bytesIn += number(fields['bytes_in']);
    this.#bytesOut += number(fields['bytes_out']);
    this.#maxMs = Math.max(this.#maxMs, ms);
    this.#sumMs += ms;
  }

  tally(): Tally {
    return {
      name: this.#name,
      calls: this.#calls,
      refusals: this.#refusals,
      errors: this.#errors,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      maxMs: this.#maxMs,
      meanMs: this.#calls === 0 ? 0 : this.#sumMs / this.#calls,
    };
  }
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
