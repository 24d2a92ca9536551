import { performance } from 'node:perf_hooks';
import { at } from './fields.ts';
import { readingsOf, type Reading } from './readings.ts';

/** Asks the daemon on the gate's own behalf: target → answer. Rejects where it does not answer in time. */
export type AskDaemon = (
  target: string,
) => Promise<{ readonly status: number; readonly body: string }>;

/** The labels that tell containers apart, as cAdvisor has them. */
export interface ContainerLabels {
  /** Path of its cgroup. */
  readonly id: string;
  readonly name: string;
  /** What it was created from. */
  readonly image: string;
}

export interface ContainerSample {
  readonly labels: ContainerLabels;
  readonly readings: readonly Reading[];
}

/** How asking for a container's statistics went. `late`: there was no time left to ask. */
export const SAMPLE_RESULTS = ['ok', 'failed', 'late'] as const;
export type SampleResult = (typeof SAMPLE_RESULTS)[number];

export interface SamplerOptions {
  readonly ask: AskDaemon;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly deviceName: (major: number, minor: number) => string;
  readonly onResult: (result: SampleResult, count: number) => void;
}

/** At a time; the daemon reads cgroup files for each. */
const AT_ONCE = 8;
/** After so long no further container is asked about, ms: a scrape may take 10 s. */
const BUDGET_MS = 5_000;
/** So long a sample is good for all who ask, ms. */
const KEPT_MS = 5_000;

/**
 * Statistics of the running containers. The daemon is asked only when somebody wants them, by one at a time, and
 * those who come within 5 s get the same.
 */
export class ContainerSampler {
  readonly #options: SamplerOptions;
  #cgroupDriver: string | undefined;
  #last: { readonly at: number; readonly samples: Promise<readonly ContainerSample[]> } | undefined;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  /** None where the daemon does not answer. Never rejects. */
  sample(): Promise<readonly ContainerSample[]> {
    const at = performance.now();
    if (this.#last === undefined || at - this.#last.at >= KEPT_MS) {
      this.#last = { at, samples: this.#sample(at + BUDGET_MS).catch(() => []) };
    }
    return this.#last.samples;
  }

  async #sample(deadline: number): Promise<readonly ContainerSample[]> {
    const listed = await this.#json('/containers/json');
    if (!Array.isArray(listed)) return [];
    this.#cgroupDriver ??= textOf(at(await this.#json('/info'), 'CgroupDriver'));
    const waiting = listed.flatMap((one: unknown) => this.#containerOf(one));
    const samples: ContainerSample[] = [];
    const work = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        if (performance.now() >= deadline) {
          this.#options.onResult('late', waiting.length + 1);
          waiting.length = 0;
          return;
        }
        const sample = await this.#stats(next);
        this.#options.onResult(sample === undefined ? 'failed' : 'ok', 1);
        if (sample !== undefined) samples.push(sample);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return samples.sort((one, other) => (one.labels.name < other.labels.name ? -1 : 1));
  }

  async #stats({ id, labels, created }: Listed): Promise<ContainerSample | undefined> {
    // `one-shot`: without waiting a second for a second sample (API 1.41).
    const stats = await this.#json(`/containers/${id}/stats?stream=0&one-shot=1`).catch(
      () => undefined,
    );
    if (stats === undefined) return undefined;
    const readings: Reading[] = [
      ...readingsOf(stats, this.#options.deviceName),
      { name: 'container_last_seen', value: Math.floor(this.#options.now() / 1000) },
    ];
    if (created !== undefined) {
      readings.push({ name: 'container_start_time_seconds', value: created });
    }
    return { labels, readings };
  }

  #containerOf(one: unknown): readonly Listed[] {
    const [id, names, created] = [at(one, 'Id'), at(one, 'Names'), at(one, 'Created')];
    // What goes into a path has to be what it should be.
    if (typeof id !== 'string' || !/^[0-9a-f]{64}$/.test(id)) return [];
    const listed: readonly unknown[] = Array.isArray(names) ? names : [];
    const name = listed.map(textOf).find((text) => /^\/[^/]+$/.test(text));
    const labels = {
      id: this.#cgroupDriver === 'systemd' ? `/system.slice/docker-${id}.scope` : `/docker/${id}`,
      name: name?.slice(1) ?? id.slice(0, 12),
      image: textOf(at(one, 'Image')),
    };
    return [{ id, labels, created: typeof created === 'number' ? created : undefined }];
  }

  /** @returns undefined for every answer but 200. */
  async #json(target: string): Promise<unknown> {
    const { status, body } = await this.#options.ask(target);
    return status === 200 ? (JSON.parse(body) as unknown) : undefined;
  }
}

interface Listed {
  readonly id: string;
  readonly labels: ContainerLabels;
  readonly created: number | undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
