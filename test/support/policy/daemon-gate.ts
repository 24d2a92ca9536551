import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startGate, type Gate } from '../../../src/app/serve.ts';
import { validateSettings } from '../../../src/config/validate.ts';
import { connectRaw, type RawClient } from '../raw-client.ts';
import { createThrowawayCa } from '../throwaway-ca.ts';
import type { CreateRequest } from './spellings.ts';

/** A gate with a policy before a real daemon, in this process, and raw connections to it. */
export interface DaemonGate {
  readonly gate: Gate;
  readonly connect: () => Promise<RawClient>;
  close(): Promise<void>;
}

/** @param policy text of a policy in which alice is a user. */
export async function startDaemonGate(dockerSocket: string, policy: string): Promise<DaemonGate> {
  const directory = await mkdtemp(join(tmpdir(), 'dockgate-fuzz-'));
  const ca = await createThrowawayCa();
  const certs = await ca.writeCertsDir(join(directory, 'certs'));
  const policyFile = join(directory, 'policy.yaml');
  await writeFile(policyFile, policy);
  const config = validateSettings({
    host: ['tcp://127.0.0.1:0'],
    'docker-host': `unix://${dockerSocket}`,
    certs,
    'audit-log': join(directory, 'audit.jsonl'),
    policy: policyFile,
  });
  const gate = await startGate(config, { log: pino({ level: 'silent' }) });
  const leaf = await ca.client('alice');
  const port = gate.addresses[0]?.port ?? 0;
  return {
    gate,
    connect: () => connectRaw({ port, ca: ca.cert, leaf }),
    close: async () => {
      await gate.stop(0);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A client that connects anew where the gate has closed the connection after a refusal. */
export class Attacker {
  readonly #connect: () => Promise<RawClient>;
  #client: RawClient | undefined;

  constructor(gate: DaemonGate) {
    this.#connect = gate.connect;
  }

  /** @returns the status, the text, and whether the daemon itself has answered. */
  async send({ target, headers, body, isChunked }: CreateRequest) {
    this.#client ??= await this.#connect();
    const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
    const lines = headers.map(([name, value]) => `${name}: ${value}`);
    const head = [`POST ${target} HTTP/1.1`, 'Host: docker', ...lines, framing, '', ''];
    const sent = isChunked
      ? [`${body.length.toString(16)}\r\n`, body, '\r\n0\r\n\r\n'].map((part) => Buffer.from(part))
      : [body];
    await this.#client.send(Buffer.concat([Buffer.from(head.join('\r\n')), ...sent]));
    const answer = await this.#client.readAnswer('POST');
    const names = answer.rawHeaders.map(([name]) => name.toLowerCase());
    const isFromDaemon = names.includes('server') || names.includes('api-version');
    // After a request that was not read to its end the gate takes no other on that connection.
    const wasRead = answer.body.includes('container.create');
    if (answer.status !== 201 && !(answer.status === 403 && wasRead)) this.close();
    return {
      status: answer.status,
      text: answer.body.toString(),
      isFromDaemon,
    };
  }

  close(): void {
    this.#client?.destroy();
    this.#client = undefined;
  }
}
