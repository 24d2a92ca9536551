import os from 'node:os';
import path from 'node:path';
import type { Config, ListenAddress } from '../config/schema.ts';
import type { InitReport } from '../pki/init.ts';
import { reportLines } from './init-report.ts';

/** What the first start tells: where the gate is, and how a client gets there. */
export interface Greeting {
  readonly config: Config;
  readonly addresses: readonly ListenAddress[];
  readonly report: InitReport | undefined;
}

/**
 * The lines that a person needs next: what to copy to the client's host, and what to type there.
 *
 * @returns text of several lines, ready to print.
 */
export function greeting({ config, addresses, report }: Greeting): string {
  const name = config.init?.clients[0] ?? 'admin';
  const source = path.resolve(config.certsDir, 'clients', name);
  const server = reachableAs(config, addresses);
  return [
    ...(report === undefined ? [] : reportLines(report)),
    '',
    `dockgate guards unix://${config.dockerSocket}. To reach it from another host:`,
    '',
    `1. Copy ${source} there, over a channel that you trust:`,
    `   scp -r ${source} CLIENT:.docker/dockgate`,
    '',
    '2. On that host, either for one shell:',
    `   export DOCKER_HOST=${server} DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=~/.docker/dockgate`,
    '   docker ps',
    '',
    '   or as a context:',
    `   docker context create dockgate --docker "host=${server},ca=$HOME/.docker/dockgate/ca.pem,cert=$HOME/.docker/dockgate/cert.pem,key=$HOME/.docker/dockgate/key.pem"`,
    '   docker --context dockgate ps',
    '',
    `Every call is written to ${path.resolve(config.auditLog)}`,
  ].join('\n');
}

/** The name that clients dial: what the operator called it, else where it listens. */
function reachableAs({ init }: Config, addresses: readonly ListenAddress[]): string {
  const [first] = addresses;
  const port = first?.port ?? 2376;
  const listened = first?.host ?? '0.0.0.0';
  const everywhere = listened === '0.0.0.0' || listened === '::';
  const host = init?.sans[0] ?? (everywhere ? os.hostname() : listened);
  return `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
