import type { FakeDockerd } from '../fake-dockerd.ts';
import type { DaemonCall } from './daemon-call.ts';

export interface FakeContainer {
  readonly id: string;
  name: string;
  readonly image?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface FakeNetwork {
  readonly id: string;
  readonly name: string;
}

export interface FakeImage {
  readonly id: string;
  readonly name: string;
  readonly user?: string;
  readonly env?: readonly string[];
}

/** 64 hex digits that begin with `start`. */
export function idOf(start: string): string {
  return start.padEnd(64, '0');
}

/**
 * What a daemon has, and how it finds it: a container by whole id, exact name, then the unique
 * beginning of an id; a network by id, name, beginning; an image by its name; an exec by its whole id. Containers may be
 * renamed at any time.
 */
export class FakeObjects {
  readonly containers: FakeContainer[] = [];
  readonly networks: FakeNetwork[] = [];
  readonly images: FakeImage[] = [];
  /** Exec id → container id. */
  readonly execs = new Map<string, string>();
  /** Runs after an inspection has been answered, to swap something between look and use. */
  afterInspection: () => void = () => undefined;

  constructor(daemon: FakeDockerd) {
    daemon.on(
      ({ method, path }) => method === 'GET' && /^\/containers\/.*\/json$/.test(path),
      (call) => this.#answer(call, this.#container(nameIn(call)), 'container'),
    );
    daemon.on(
      ({ method, path }) => method === 'GET' && /^\/networks\/.+$/.test(path),
      (call) => this.#answer(call, this.#network(nameIn(call)), 'network'),
    );
    daemon.on(
      ({ method, path }) => method === 'GET' && /^\/images\/.*\/json$/.test(path),
      (call) => this.#answer(call, this.#image(nameIn(call)), 'image'),
    );
    daemon.on(
      ({ method, path }) => method === 'GET' && /^\/exec\/.*\/json$/.test(path),
      (call) => this.#answer(call, this.#exec(nameIn(call)), 'exec'),
    );
  }

  /** The containers that a reference finds; more than one is an error. */
  find(reference: string): readonly FakeContainer[] {
    const name = reference.replace(/^\//, '');
    const exact =
      this.containers.find(({ id }) => id === name) ??
      this.containers.find((container) => container.name === name);
    return exact ? [exact] : this.containers.filter(({ id }) => id.startsWith(name));
  }

  /** The container of a call that is about one; undefined where its daemon would find none. */
  target(call: DaemonCall): FakeContainer | undefined {
    const found = this.find(nameIn(call));
    return found.length === 1 ? found[0] : undefined;
  }

  #container(name: string): readonly object[] {
    return this.find(name).map((container) => ({
      Id: container.id,
      Name: `/${container.name}`,
      Image: `sha256:${idOf('1')}`,
      Config: { Image: container.image ?? 'app:1', Labels: container.labels ?? {} },
    }));
  }

  #network(name: string): readonly object[] {
    const by = (test: (network: FakeNetwork) => boolean) => this.networks.filter(test);
    const levels = [
      by(({ id }) => id === name),
      by((network) => network.name === name),
      by(({ id }) => id.startsWith(name)),
    ];
    const found = levels.find((level) => level.length > 0) ?? [];
    return found.map(({ id, name: Name }) => ({ Id: id, Name, Labels: null }));
  }

  #image(reference: string): readonly object[] {
    return this.images
      .filter(({ name }) => name === reference)
      .map(({ id, name, user: User = '', env: Env = [] }) => ({
        Id: `sha256:${id}`,
        RepoTags: [`${name}:latest`],
        Config: { User, Env },
      }));
  }

  #exec(id: string): readonly object[] {
    const container = this.execs.get(id);
    return container === undefined ? [] : [{ ID: id, ContainerID: container }];
  }

  async #answer(call: DaemonCall, [first, ...others]: readonly object[], kind: string) {
    if (others.length > 0) {
      const message = 'multiple IDs or names found with provided prefix';
      await call.json(400, { message: `${message}: ${nameIn(call)}` });
    } else if (first === undefined) {
      await call.json(404, { message: `No such ${kind}: ${nameIn(call)}` });
    } else {
      await call.json(200, first);
    }
    this.afterInspection();
  }
}

/** The name in a path such as `/containers/NAME/json`. */
function nameIn({ path }: DaemonCall): string {
  return decodeURIComponent(path.split('/')[2] ?? '');
}
