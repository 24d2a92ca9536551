import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Asks a daemon on its socket, with bytes for a body. */
export class DaemonClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  call(method: string, path: string, body?: Buffer, type = 'application/json'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'Content-Type': type };
      const options = { socketPath: this.#socketPath, agent: this.#agent, method, path, headers };
      const call = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, text });
        });
        response.on('error', reject);
      });
      call.on('error', reject);
      call.end(body);
    });
  }

  /** Makes an image with nothing in it, from which containers can be created. */
  async importEmptyImage(name: string): Promise<void> {
    const empty = mkdtempSync(join(tmpdir(), 'dockgate-empty-'));
    const { stdout } = spawnSync('tar', ['--create', '--directory', empty, '.']);
    rmSync(empty, { recursive: true });
    const command = encodeURIComponent('CMD ["true"]');
    const path = `/images/create?fromSrc=-&repo=${name}&changes=${command}`;
    const { status, text } = await this.call('POST', path, stdout, 'application/x-tar');
    if (status !== 200) throw new Error(`the image could not be imported: ${text}`);
  }

  close(): void {
    this.#agent.destroy();
  }
}
