import type { FakeDockerd } from '../fake-dockerd.ts';
import type { FakeNetwork } from './objects.ts';

/**
 * The networks of a swarm, and how its manager finds them: by whole id, name, then the unique
 * beginning of an id. Asked without `scope=swarm` this node has none of them by name.
 */
export class FakeSwarm {
  readonly networks: FakeNetwork[] = [];
  /** Runs after an inspection has been answered, to swap something between look and use. */
  afterInspection: () => void = () => undefined;

  constructor(daemon: FakeDockerd) {
    daemon.on(
      ({ method, target }) => method === 'GET' && /^\/networks\/[^?]+\?scope=swarm$/.test(target),
      async (call) => {
        const name = decodeURIComponent(call.path.split('/')[2] ?? '');
        const [found, ...others] = this.#find(name);
        if (found === undefined || others.length > 0) {
          await call.json(found === undefined ? 404 : 400, { message: `network ${name}` });
        } else {
          await call.json(200, { Id: found.id, Name: found.name, Labels: {} });
        }
        this.afterInspection();
      },
    );
  }

  #find(name: string): readonly FakeNetwork[] {
    const by = (test: (network: FakeNetwork) => boolean) => this.networks.filter(test);
    const levels = [
      by(({ id }) => id === name),
      by((network) => network.name === name),
      by(({ id }) => id.startsWith(name)),
    ];
    return levels.find((level) => level.length > 0) ?? [];
  }
}
