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
  const connect = (remoteAddress?: string): Duplex => {
    const [, socket] = connection();
    Object.assign(socket, { remoteAddress, remotePort: 5 });
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

  it('lets somebody else take the place of one of many, the oldest', () => {
    const { connect, refused } = capped({ unidentified: 3 });
    const many = [connect('192.0.2.1'), connect('192.0.2.1'), connect('192.0.2.1')];
    expect(connect('192.0.2.2').destroyed).toBe(false);
    expect(many.map(({ destroyed }) => destroyed)).toEqual([true, false, false]);
    expect(refused).toEqual(['192.0.2.1:5: more than 3 unidentified connections']);
  });

  it('takes no place from those who have no more than the newcomer would', () => {
    const { connect, refused } = capped({ unidentified: 4 });
    const open = ['192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.2'].map(connect);
    expect(connect('192.0.2.1').destroyed).toBe(true);
    expect(connect('192.0.2.2').destroyed).toBe(true);
    expect(connect('192.0.2.3').destroyed).toBe(false);
    expect(connect('192.0.2.3').destroyed).toBe(true);
    expect(open.filter(({ destroyed }) => destroyed)).toHaveLength(1);
    expect(refused).toHaveLength(4);
  });

  it('has as many places as before when one was taken', async () => {
    const { connect } = capped({ unidentified: 2 });
    connect('192.0.2.1');
    const second = connect('192.0.2.1');
    connect('192.0.2.2');
    await settled();
    expect(connect('192.0.2.1').destroyed).toBe(true);
    second.destroy();
    await settled();
    expect(connect('192.0.2.1').destroyed).toBe(false);
    expect(connect('192.0.2.1').destroyed).toBe(true);
  });

  it('takes no place of one that was identified, whatever its address has besides', () => {
    const { connect, admit } = capped({ unidentified: 2 });
    const known = connect('192.0.2.1');
    admit(known);
    const unknown = [connect('192.0.2.1'), connect('192.0.2.1')];
    expect(connect('192.0.2.2').destroyed).toBe(false);
    expect(known.destroyed).toBe(false);
    expect(unknown.map(({ destroyed }) => destroyed)).toEqual([true, false]);
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
