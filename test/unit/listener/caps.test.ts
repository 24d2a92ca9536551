import https from 'node:https';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { capConnections, type ConnectionCaps } from '../../../src/listener/caps.ts';
import { asTlsSocket } from '../helpers/sockets.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { connection, settled } from '../helpers/streams.ts';

/** A server that is told of connections by the test. */
function capped(caps: Partial<ConnectionCaps>) {
  const server = https.createServer();
  server.removeAllListeners('connection');
  const refused: string[] = [];
  const capacity = capConnections(
    server,
    { total: 100, perUser: 100, unidentified: 100, ...caps },
    (remote, _, reason) => refused.push(`${remote}: ${reason}`),
  );
  const connect = (): Duplex => {
    const [, socket] = connection();
    socket.on('error', () => undefined);
    server.emit('connection', socket);
    return socket;
  };
  const admit = (socket: Duplex, user = 'alice') => {
    capacity.admit(`own/${user}`, user, asTlsSocket(socket));
  };
  return { server, refused, connect, admit };
}

describe('capConnections', () => {
  it('closes a connection over the cap of those that have shown no certificate, and says so', () => {
    const { connect, refused } = capped({ unidentified: 2 });
    const open = [connect(), connect(), connect()];
    expect(open.map(({ destroyed }) => destroyed)).toEqual([false, false, true]);
    expect(refused).toEqual(['unknown: more than 2 unidentified connections']);
  });

  it('has room again when one of them closes or is identified', async () => {
    const { connect, admit } = capped({ unidentified: 2 });
    const first = connect();
    const second = connect();
    first.destroy();
    await settled();
    expect(connect().destroyed).toBe(false);
    admit(second);
    expect(connect().destroyed).toBe(false);
    expect(connect().destroyed).toBe(true);
  });

  it('makes no room of an identified connection that closes', async () => {
    const { connect, admit } = capped({ unidentified: 1 });
    const known = connect();
    admit(known);
    expect(connect().destroyed).toBe(false);
    known.destroy();
    await settled();
    expect(connect().destroyed).toBe(true);
  });

  it('refuses a user one connection too many, and no other user', () => {
    const { connect, admit } = capped({ perUser: 2 });
    admit(connect());
    admit(connect());
    const error = refusalOf(() => {
      admit(connect());
    });
    expect(error).toMatchObject({
      code: 'TOO_MANY',
      status: 429,
      message: 'refused: user alice has 2 connections open',
    });
    expect(() => {
      admit(connect(), 'bob');
    }).not.toThrow();
  });

  it('lets the user in again when one of the connections has closed', async () => {
    const { connect, admit } = capped({ perUser: 1 });
    const first = connect();
    admit(first);
    first.destroy();
    await settled();
    expect(() => {
      admit(connect());
    }).not.toThrow();
  });

  it('holds the server to the cap of all together, and reports what the kernel drops', () => {
    const { server, refused } = capped({ total: 7 });
    expect(server.maxConnections).toBe(7);
    server.emit('drop', { remoteAddress: '192.0.2.7', remotePort: 5 });
    server.emit('drop');
    expect(refused).toEqual([
      '192.0.2.7:5: more than 7 connections',
      'unknown:0: more than 7 connections',
    ]);
  });
});
