import { resolve } from 'node:path';
import { Child, type Outcome } from './child.ts';
import { tlsEndpoint, type Endpoint } from './world.ts';

/** The built program, as a user runs it. */
export const PROGRAM = resolve(import.meta.dirname, '../../../dist/main.js');

export interface GateOptions {
  readonly certs: string;
  readonly socket: string;
  readonly auditLog: string;
  readonly args?: readonly string[];
  /** Options of Node.js itself. */
  readonly node?: readonly string[];
  /** Instead of the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  readonly home: string;
}

/** A running gate on a free port of the loopback interface. */
export class Gate {
  readonly child: Child;
  readonly port: number;
  /** The gate as its first client, `admin`, reaches it. */
  readonly endpoint: Endpoint;

  private constructor(child: Child, port: number, options: GateOptions) {
    this.child = child;
    this.port = port;
    const admin = resolve(options.certs, 'clients/admin');
    this.endpoint = tlsEndpoint('dockgate', port, admin, options.home);
  }

  /** Starts the built program and returns once it says that it listens. */
  static async start(options: GateOptions): Promise<Gate> {
    const { node = [], env } = options;
    const command = [...node, PROGRAM, ...serveArgs(options)];
    return Gate.#of(new Child(process.execPath, command, env && { env }), options);
  }

  /** The same with a command line as it stands; its endpoint is that of a client in the default directory. */
  static run(args: readonly string[]): Promise<Gate> {
    const nowhere = { certs: './certs', socket: '', auditLog: '', home: '/' };
    return Gate.#of(new Child(process.execPath, [PROGRAM, ...args]), nowhere);
  }

  static async #of(child: Child, options: GateOptions): Promise<Gate> {
    const said = await child.waitFor(/"msg":"listening"/, 'stderr');
    const port = /"address":"tcp:\/\/[^"]*:(\d+)"/.exec(said)?.[1];
    if (port === undefined) throw new Error(`no address in what the gate said:\n${said}`);
    return new Gate(child, Number(port), options);
  }

  /** Asks the gate to stop and waits until it has. */
  stop(): Promise<Outcome> {
    return this.child.end('SIGTERM');
  }
}

function serveArgs({ certs, socket, auditLog, args = [] }: GateOptions): string[] {
  return [
    ...['serve', '--init', '--certs', certs, '-H', 'tcp://127.0.0.1:0'],
    ...['--docker-host', `unix://${socket}`, '--audit-log', auditLog],
    ...args,
  ];
}
