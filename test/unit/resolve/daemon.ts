import { createResolver } from '../../../src/resolve/resolver.ts';
import type { Answer } from '../../../src/resolve/types.ts';

/** What the daemon says of a container. */
export const inspection = (id: string, name: string, more: object = {}) => ({
  Id: id,
  Name: `/${name}`,
  Image: `sha256:${'1'.repeat(64)}`,
  Config: { Image: 'nginx:1', Labels: { team: 'a', ['__proto__']: 'x' } },
  ...more,
});

/** A daemon that answers from a table, and what it was asked. */
export function daemon(table: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const ask = (target: string): Promise<Answer> => {
    asked.push(target);
    const found = table[target];
    if (typeof found === 'string') return Promise.resolve({ status: 200, body: found });
    if (found instanceof Error) return Promise.reject(found);
    if (found === undefined) {
      return Promise.resolve({ status: 404, body: '{"message":"No such thing"}' });
    }
    return Promise.resolve({ status: 200, body: JSON.stringify(found) });
  };
  let now = 0;
  const resolver = createResolver(ask, { now: () => now });
  return {
    asked,
    resolver,
    wait: (ms: number) => {
      now += ms;
    },
  };
}
