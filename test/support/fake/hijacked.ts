import { createHash } from 'node:crypto';
import type { FakeConnection } from './connection.ts';

export type HijackKind = 'raw-stream' | 'multiplexed-stream' | 'h2c' | 'websocket' | 'no-upgrade';

/**
 * What the daemon writes when it takes a connection over (moby container_routes.go, exec.go,
 * session.go; golang.org/x/net/websocket). `no-upgrade` is attach or exec start without `Upgrade`.
 */
export function hijackAnswer(kind: HijackKind, webSocketKey = ''): string {
  const upgraded = (type: string) =>
    `HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.${type}\r\n` +
    'Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n';
  switch (kind) {
    case 'raw-stream':
    case 'multiplexed-stream':
      return upgraded(kind);
    case 'h2c':
      return 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';
    case 'websocket':
      return (
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${webSocketAccept(webSocketKey)}\r\n\r\n`
      );
    case 'no-upgrade':
      return 'HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n';
  }
}

/** RFC 6455 section 4.2.2. */
export function webSocketAccept(key: string): string {
  const magic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  return createHash('sha1').update(`${key}${magic}`).digest('base64');
}

/** The daemon's end of a hijacked connection. */
export class HijackedStream {
  /**
   * Bytes that had come behind the request before the daemon took over. The real daemon ignores
   * the reader that buffered them, so they never reach the container; nor do they here.
   */
  readonly lost: Buffer;
  readonly connection: FakeConnection;

  constructor(connection: FakeConnection) {
    this.connection = connection;
    this.lost = connection.source.takeBuffered();
  }

  /** Resolves when the client's half-close (or its loss) has arrived. */
  get inputEnded(): Promise<undefined> {
    return this.connection.peerEnded;
  }

  /** Next bytes of the client; undefined after its half-close. */
  read(): Promise<Buffer | undefined> {
    return this.connection.source.read();
  }

  readExactly(length: number): Promise<Buffer> {
    return this.connection.source.readExactly(length);
  }

  readAll(): Promise<Buffer> {
    return this.connection.source.readAll();
  }

  write(bytes: Buffer | string): Promise<boolean> {
    return this.connection.write(bytes);
  }

  /** The daemon only ever half-closes (CloseWrite) and goes on reading. */
  end(): void {
    this.connection.end();
  }
}
