import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { deferred } from '../fake/deferred.ts';

/** A TLS record as it goes over the wire: RFC 5246 section 6.2.1, RFC 8446 section 5.1. */
export interface TlsRecord {
  readonly type: 'handshake' | 'alert' | 'data' | 'other';
  /** Length of the fragment, bytes. */
  readonly length: number;
}

const RECORD_TYPES: Readonly<Record<number, TlsRecord['type']>> = {
  21: 'alert',
  22: 'handshake',
  23: 'data',
};

/**
 * A TCP relay in front of the gate that sees what node:tls hides: whether the server said
 * close_notify before it closed. Under TLS 1.2 the record type shows it. Ends and resets go through
 * as what they are.
 */
export class WireTap {
  readonly port: number;
  /** Records sent by the gate on the last connection, in order. */
  records: TlsRecord[] = [];
  /** Resolves when the gate has ended its side, with the way it did. */
  readonly serverEnd: Promise<'end' | 'reset'>;
  readonly #server: Server;

  constructor(server: Server, target: number) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    const { promise, resolve } = deferred<'end' | 'reset'>();
    this.serverEnd = promise;
    server.on('connection', (client: Socket) => {
      const gate = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
      relay(client, gate);
      relay(gate, client);
      this.#listen(gate);
      gate.once('end', () => {
        resolve('end');
      });
      gate.on('error', () => {
        resolve('reset');
      });
    });
  }

  /** Whether the last thing the gate sent was an alert: close_notify, under TLS 1.2. */
  get saidGoodbye(): boolean {
    return this.records.at(-1)?.type === 'alert';
  }

  close(): void {
    this.#server.close();
  }

  #listen(gate: Socket): void {
    let pending: Buffer = Buffer.alloc(0);
    gate.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 5 && pending.length >= 5 + pending.readUInt16BE(3)) {
        const length = pending.readUInt16BE(3);
        this.records.push({ type: RECORD_TYPES[pending.readUInt8(0)] ?? 'other', length });
        pending = pending.subarray(5 + length);
      }
    });
  }
}

export async function startWireTap(target: number): Promise<WireTap> {
  const server = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new WireTap(server, target);
}

function relay(from: Socket, to: Socket): void {
  from.on('data', (chunk: Buffer) => to.write(chunk));
  from.once('end', () => to.end());
  from.on('error', () => {
    to.resetAndDestroy();
  });
}
