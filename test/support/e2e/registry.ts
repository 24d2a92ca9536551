import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './child.ts';
import { freePort } from './machine.ts';

/** A registry on a free port of the loopback interface, which every daemon takes without TLS. */
export class Registry {
  readonly address: string;
  readonly #dir: string;
  readonly #child: Child;

  private constructor(address: string, dir: string) {
    this.address = address;
    this.#dir = dir;
    this.#child = new Child('docker-registry', ['serve', join(dir, 'config.yml')]);
  }

  static async start(): Promise<Registry> {
    const address = `127.0.0.1:${await freePort()}`;
    const dir = mkdtempSync(join(tmpdir(), 'dockgate-registry-'));
    writeFileSync(join(dir, 'config.yml'), configuration(address, join(dir, 'storage')));
    const registry = new Registry(address, dir);
    await registry.#child.waitFor(/listening on/, 'stderr');
    return registry;
  }

  async stop(): Promise<void> {
    await this.#child.end('SIGTERM');
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

function configuration(address: string, storage: string): string {
  return `version: 0.1
storage:
  filesystem:
    rootdirectory: ${storage}
http:
  addr: ${address}
`;
}
