import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../e2e/another-host.ts';
import { PYTHON, versionOf } from '../e2e/machine.ts';
import type { World } from '../e2e/world.ts';

/** A client that a run covers. */
export interface Covered {
  readonly client: string;
  /** `unknown` where it is not installed. */
  readonly version: string;
}

/** What the end-to-end tests run with here. */
export function coveredClients({ clis }: World): Covered[] {
  return [
    ...clis.map(({ version }) => ({ client: 'docker CLI', version })),
    { client: 'dockerode', version: packageVersion('dockerode') },
    { client: 'docker-py', version: versionOf(PYTHON, ['-c', PRINT_DOCKER_PY]) },
    { client: 'docker-compose', version: versionOf('docker-compose', ['version']) },
    { client: 'curl', version: versionOf('curl', ['--version']) },
    { client: 'Go, net/http', version: versionOf('go', ['version']) },
    { client: 'Java, java.net.http', version: versionOf('java', ['--version']) },
    { client: 'docker compose (plugin)', version: versionOf('docker', ['compose', 'version']) },
  ];
}

/** The same as a Markdown table, of what is there. */
export function asTable(covered: readonly Covered[]): string {
  const rows = covered
    .filter(({ version }) => version !== 'unknown')
    .map(({ client, version }) => `| ${client} | ${version} |`);
  return ['| client | version |', '| --- | --- |', ...rows].join('\n');
}

const PRINT_DOCKER_PY = 'import docker; print(docker.__version__)';

function packageVersion(name: string): string {
  const file = join(REPOSITORY, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
