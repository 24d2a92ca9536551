import fs from 'node:fs';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import type { CallRecord, Ledger } from './ledger.ts';

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

export interface Request {
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly body?: Buffer;
  readonly type?: string;
}

/** Says what is wrong with an answer, if anything is. */
export type Check = (answer: Answer) => string | undefined;

/** A call that had no right answer: what was to come after it makes no sense. It is in the ledger. */
export class Missed extends Error {}

/** A call that takes longer hangs. */
const HANG_MS = 60_000;

/** One client with connections of its own, which keeps a record of each call. */
export class SoakClient {
  readonly user: string;
  readonly #port: number;
  readonly #certs: string;
  readonly #ledger: Ledger;
  readonly #underWay = new Set<CallRecord>();
  #agent: https.Agent;

  constructor(user: string, port: number, certs: string, ledger: Ledger) {
    [this.user, this.#port, this.#certs, this.#ledger] = [user, port, certs, ledger];
    this.#agent = this.#newAgent();
  }

  /** New connections with the files that are there now; calls under way end on the old ones. */
  reconnect(): void {
    const old = this.#agent;
    this.#agent = this.#newAgent();
    for (const socket of Object.values(old.freeSockets).flat()) socket?.destroy();
    // Those in use close behind their answers.
    old.maxFreeSockets = 0;
    for (const record of this.#underWay) record.outlivesCertificate = true;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** @throws Missed unless the answer is whole and right. */
  async call(request: Request, check: Check): Promise<Answer> {
    const record = this.#begin(request);
    try {
      const response = await this.#head(request, record);
      const answer = { status: response.statusCode ?? 0, body: await read(response) };
      record.whole = true;
      const wrong = check(answer);
      if (wrong === undefined) return answer;
      record.wrong = wrong;
      throw new Missed(wrong);
    } catch (error) {
      throw missed(record, error);
    } finally {
      this.#end(record);
    }
  }

  /** An answer that goes on, or a connection that has left HTTP; `use` says what is wrong with it and sets `whole`. */
  async open(
    request: Request & { readonly upgrade?: boolean },
    use: (stream: Duplex | IncomingMessage, record: CallRecord) => Promise<void>,
  ): Promise<void> {
    const record = this.#begin(request);
    let stream: Duplex | IncomingMessage | undefined;
    try {
      stream = await this.#opened(request, record);
      stream.on('error', () => undefined);
      await use(stream, record);
      if (!record.whole || record.wrong !== undefined) throw new Missed(record.wrong);
    } catch (error) {
      throw missed(record, error);
    } finally {
      stream?.destroy();
      this.#end(record);
    }
  }

  #begin({ kind }: Request): CallRecord {
    const record = this.#ledger.begin(kind, this.user);
    this.#underWay.add(record);
    return record;
  }

  #end(record: CallRecord): void {
    record.to = performance.now();
    this.#underWay.delete(record);
  }

  async #opened(
    request: Request & { readonly upgrade?: boolean },
    record: CallRecord,
  ): Promise<Duplex | IncomingMessage> {
    const expected = request.upgrade === true ? 101 : 200;
    const opened = await this.#send(request, record);
    if (record.status === expected) return opened;
    record.whole = true;
    record.wrong = 'statusCode' in opened ? said(record.status, await read(opened)) : 'upgraded';
    throw new Missed(record.wrong);
  }

  async #head(request: Request, record: CallRecord): Promise<IncomingMessage> {
    return (await this.#send(request, record)) as IncomingMessage;
  }

  #send(
    request: Request & { readonly upgrade?: boolean },
    record: CallRecord,
  ): Promise<Duplex | IncomingMessage> {
    const headers = {
      'User-Agent': record.marker,
      ...(request.body && { 'Content-Type': request.type ?? 'application/json' }),
      ...(request.body && { 'Content-Length': request.body.length }),
      ...(request.upgrade === true && { Connection: 'Upgrade', Upgrade: 'tcp' }),
    };
    const { method, path: target } = request;
    return new Promise((resolve, reject) => {
      const sent = https.request({
        ...{ host: '127.0.0.1', port: this.#port, agent: this.#agent, method, path: target },
        ...{ headers, signal: AbortSignal.timeout(HANG_MS) },
      });
      sent.once('response', (response) => {
        record.status = response.statusCode ?? 0;
        resolve(response);
      });
      sent.once('upgrade', (response, socket, head) => {
        record.status = response.statusCode ?? 0;
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      });
      sent.on('error', reject);
      sent.end(request.body);
    });
  }

  #newAgent(): https.Agent {
    const file = (name: string): Buffer =>
      fs.readFileSync(path.join(this.#certs, 'clients', this.user, name));
    return new https.Agent({
      ...{ ca: file('ca.pem'), cert: file('cert.pem'), key: file('key.pem') },
      ...{ keepAlive: true, maxCachedSessions: 0 },
    });
  }
}

/** The status, and what a refusal says. */
export function said(status: number | undefined, body: Buffer): string {
  return `status ${status ?? '-'}: ${body.subarray(0, 300).toString()}`;
}

async function read(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function missed(record: CallRecord, error: unknown): Missed {
  if (error instanceof Missed) return error;
  const { code, message, name } = error as NodeJS.ErrnoException;
  record.error = name === 'AbortError' || name === 'TimeoutError' ? 'hung' : (code ?? message);
  return new Missed(record.error, { cause: error });
}
