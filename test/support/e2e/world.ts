/** One way to the daemon, and what a Docker client needs in its environment to take it. */
export interface Endpoint {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly address:
    | { readonly socketPath: string }
    | { readonly host: string; readonly port: number; readonly certPath: string };
}

/** A docker command line client and its version. */
export interface Cli {
  readonly path: string;
  readonly version: string;
}

/** What every end-to-end test finds ready; plain data, so that it reaches the test's own process. */
export interface World {
  /** `dockgate`, or `dockerd` to try the tests themselves on the daemon's own mutual TLS. */
  readonly frontKind: 'dockgate' | 'dockerd';
  /** The daemon's unix socket: what each behaviour is compared with. */
  readonly direct: Endpoint;
  /** The mutual TLS listener under test. */
  readonly front: Endpoint;
  readonly clis: readonly [Cli, ...Cli[]];
  readonly socket: string;
  /** What the daemon logs; in debug mode that is a line for every call. */
  readonly daemonLog: string;
  /** The front's audit log; empty where the front keeps none. */
  readonly auditLog: string;
  /** The certificate and key of the authority that the front trusts. */
  readonly authority: { readonly certificate: string; readonly key: string };
  /** The HOME of every client. */
  readonly home: string;
  /** A directory for the tests' own files; it is removed at the end of the run. */
  readonly dir: string;
}

/** The world, or why there is none and whether that is a failure or a reason to skip. */
export type Setting =
  { readonly world: World } | { readonly missing: string; readonly verdict: 'skip' | 'fail' };

declare module 'vitest' {
  export interface ProvidedContext {
    setting: Setting;
  }
}

/** The image of a static busybox that every container here is made of. */
export const IMAGE = 'busybox:dockgate';

/** The environment of a Docker client: nothing is inherited, above all no proxy and no DOCKER_*. */
export function clientEnv(home: string, docker: Record<string, string>): Record<string, string> {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home, LC_ALL: 'C.UTF-8', ...docker };
}

export function unixEndpoint(socketPath: string, home: string): Endpoint {
  const env = clientEnv(home, { DOCKER_HOST: `unix://${socketPath}` });
  return { name: 'the unix socket', env, address: { socketPath } };
}

export function tlsEndpoint(name: string, port: number, certPath: string, home: string): Endpoint {
  const host = '127.0.0.1';
  const env = clientEnv(home, {
    DOCKER_HOST: `tcp://${host}:${port}`,
    DOCKER_TLS_VERIFY: '1',
    DOCKER_CERT_PATH: certPath,
  });
  return { name, env, address: { host, port, certPath } };
}
