import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../../test/support/body/random.ts';
import { Missed, type SoakClient } from './client.ts';
import { FLOWS, type Turn } from './traffic.ts';

/** Clients that go on until they are told to stop. */
export class Crowd {
  readonly #stopped = new AbortController();
  readonly #members: { readonly client: SoakClient; readonly done: Promise<void> }[] = [];
  readonly #surroundings: Pick<Turn, 'standing' | 'policies'>;
  readonly #seed: number;
  #turns = 0;

  constructor(seed: number, surroundings: Pick<Turn, 'standing' | 'policies'>) {
    setMaxListeners(0, this.#stopped.signal);
    this.#seed = seed;
    this.#surroundings = surroundings;
  }

  add(client: SoakClient): void {
    const random = new Random(this.#seed + this.#members.length * 7919);
    this.#members.push({ client, done: this.#live(client, random) });
  }

  /** That user's clients take up the certificate that is there now. */
  reconnect(user: string): void {
    for (const { client } of this.#members) if (client.user === user) client.reconnect();
  }

  /** Lets everybody finish what they are at, and closes their connections. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#members.map(({ done }) => done));
    for (const { client } of this.#members) client.close();
  }

  async #live(client: SoakClient, random: Random): Promise<void> {
    const { signal } = this.#stopped;
    const { standing, policies } = this.#surroundings;
    while (!signal.aborted) {
      const name = `soak-${this.#seed}-${(this.#turns += 1)}`;
      const turn: Turn = { client, random, name, standing, policies };
      await pick(random)(turn).catch((error: unknown) => {
        if (!(error instanceof Missed)) throw error;
      });
      await pause(300 + random.below(900), undefined, { signal }).catch(() => undefined);
    }
  }
}

function pick(random: Random) {
  const total = FLOWS.reduce((sum, [weight]) => sum + weight, 0);
  let left = random.next() * total;
  const found = FLOWS.find(([weight]) => (left -= weight) < 0) ?? FLOWS[0];
  if (found === undefined) throw new Error('nothing to do');
  return found[1];
}
