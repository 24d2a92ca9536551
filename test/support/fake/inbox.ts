import { deferred } from './deferred.ts';

/** Things that arrive, and those who wait for one of them: each thing is handed out once. */
export class Inbox<T> {
  /** Everything that ever arrived, in order. */
  readonly all: T[] = [];
  #unclaimed: T[] = [];
  #waiting: { readonly wants: (item: T) => boolean; readonly take: (item: T) => void }[] = [];

  /** Notes an item that is dealt with already. */
  record(item: T): void {
    this.all.push(item);
  }

  add(item: T): void {
    this.record(item);
    const waiter = this.#waiting.find(({ wants }) => wants(item));
    if (waiter === undefined) {
      this.#unclaimed.push(item);
      return;
    }
    this.#waiting = this.#waiting.filter((other) => other !== waiter);
    waiter.take(item);
  }

  /** The first unclaimed item that matches, already here or still to come. */
  next(wants: (item: T) => boolean = () => true): Promise<T> {
    const here = this.#unclaimed.find(wants);
    if (here !== undefined) {
      this.#unclaimed = this.#unclaimed.filter((item) => item !== here);
      return Promise.resolve(here);
    }
    const { promise, resolve } = deferred<T>();
    this.#waiting.push({ wants, take: resolve });
    return promise;
  }
}
