import { describe, expect, it } from 'vitest';
import { Turns } from '../../../src/listener/turns.ts';
import { settled } from '../helpers/streams.ts';

/** A request that is served until it is told to be done. */
function request(name: string, seen: string[]) {
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return {
    run: async () => {
      seen.push(`${name} starts`);
      await finished;
      seen.push(`${name} ends`);
    },
    finish: () => {
      finish();
    },
  };
}

describe('Turns', () => {
  it('serves the first request at once, and the next when it is done', async () => {
    const turns = new Turns();
    const seen: string[] = [];
    const [first, second] = [request('first', seen), request('second', seen)];
    turns.take(first.run);
    expect(seen).toEqual(['first starts']);
    turns.take(second.run);
    await settled();
    expect(seen).toEqual(['first starts']);
    first.finish();
    second.finish();
    await settled();
    expect(seen).toEqual(['first starts', 'first ends', 'second starts', 'second ends']);
  });

  it('is busy as long as a request is being served', async () => {
    const turns = new Turns();
    expect(turns.busy).toBe(false);
    const only = request('only', []);
    turns.take(only.run);
    expect(turns.busy).toBe(true);
    only.finish();
    await settled();
    expect(turns.busy).toBe(false);
  });

  it('lets 64 wait, and takes no more until one is done', async () => {
    const turns = new Turns();
    const first = request('first', []);
    turns.take(first.run);
    const waiting = Array.from({ length: 64 }, () => request('x', []));
    expect(waiting.every(({ run }) => turns.take(run))).toBe(true);
    expect(turns.take(request('late', []).run)).toBe(false);
    first.finish();
    await settled();
    expect(turns.take(request('later', []).run)).toBe(true);
  });
});
