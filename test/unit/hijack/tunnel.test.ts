import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { TakePiece } from '../../../src/engine/types.ts';
import type { CallEnd } from '../../../src/exchange.ts';
import { tunnel, type TunnelEnds } from '../../../src/hijack/tunnel.ts';
import { available, connection, HIGH_WATER_MARK, settled, textOf } from '../helpers/streams.ts';

/** A tunnel between a client and a daemon that the test plays. */
interface Stand {
  readonly user: Duplex;
  readonly dockerd: Duplex;
  readonly ends: TunnelEnds;
  readonly meter: { in: number; out: number };
  /** How it ended; undefined as long as it has not. */
  end: CallEnd | undefined;
  readonly done: Promise<CallEnd>;
}

function open(early: { client?: string; daemon?: string } = {}): Stand {
  const [user, client] = connection();
  const [dockerd, daemon] = connection();
  const ends = {
    client,
    clientEarly: Buffer.from(early.client ?? ''),
    daemon,
    daemonEarly: Buffer.from(early.daemon ?? ''),
    readDaemon: (take: TakePiece) => {
      daemon.on('data', (bytes: Buffer) => {
        daemon.pause();
        take(bytes, () => daemon.resume());
      });
    },
  };
  const meter = { in: 0, out: 0 };
  const done = tunnel(ends, meter);
  const stand: Stand = { user, dockerd, ends, meter, end: undefined, done };
  void done.then((end) => {
    stand.end = end;
  });
  return stand;
}

const BIG = 100 * HIGH_WATER_MARK;

describe('a tunnel', () => {
  it('carries bytes both ways and counts them', async () => {
    const { user, dockerd, meter } = open();
    user.write('input');
    dockerd.write('the output');
    await settled();
    expect(available(dockerd)).toBe('input');
    expect(available(user)).toBe('the output');
    expect(meter).toEqual({ in: 5, out: 10 });
  });

  it('brings what came before it stood first, each way', async () => {
    const { user, dockerd, meter } = open({ client: 'early in, ', daemon: 'early out, ' });
    user.write('late in');
    dockerd.write('late out');
    await settled();
    expect(available(dockerd)).toBe('early in, late in');
    expect(available(user)).toBe('early out, late out');
    expect(meter).toEqual({ in: 17, out: 19 });
  });

  it('takes the end of input to the daemon, and brings output that is made after it', async () => {
    const { user, dockerd, done, meter } = open();
    user.end('abc');
    expect(await textOf(dockerd)).toBe('abc');
    dockerd.end('made of abc');
    expect(await textOf(user)).toBe('made of abc');
    expect(await done).toBe('complete');
    expect(meter).toEqual({ in: 3, out: 11 });
  });

  it('takes the end of output to the client, and input that is sent after it to the daemon', async () => {
    const { user, dockerd, done } = open();
    dockerd.end('that is all');
    expect(await textOf(user)).toBe('that is all');
    user.write('still talking');
    await settled();
    expect(available(dockerd)).toBe('still talking');
    const rest = textOf(dockerd);
    user.end(', and done');
    expect(await rest).toBe(', and done');
    expect(await done).toBe('complete');
  });

  it('ends neither side by itself, whatever has passed and however long nothing does', async () => {
    const stand = open({ client: 'x', daemon: 'y' });
    stand.user.write('in');
    stand.dockerd.write('out');
    stand.user.resume();
    stand.dockerd.resume();
    await settled();
    expect(stand.ends.client.writableEnded).toBe(false);
    expect(stand.ends.daemon.writableEnded).toBe(false);
    expect(stand.end).toBeUndefined();
  });

  it('does not end the daemon because the daemon ended, nor the client because the client did', async () => {
    const first = open();
    first.dockerd.end();
    first.user.resume();
    await settled();
    expect(first.ends.daemon.writableEnded).toBe(false);
    const second = open();
    second.user.end();
    second.dockerd.resume();
    await settled();
    expect(second.ends.client.writableEnded).toBe(false);
    expect([first.end, second.end]).toEqual([undefined, undefined]);
  });

  it('resolves only when both sides have closed', async () => {
    const stand = open();
    stand.user.end();
    stand.dockerd.resume();
    stand.dockerd.end();
    await settled();
    // The client has not read the end of its output yet.
    expect(stand.end).toBeUndefined();
    stand.user.resume();
    expect(await stand.done).toBe('complete');
    expect(stand.ends.client.closed && stand.ends.daemon.closed).toBe(true);
  });
});

describe('backpressure', () => {
  it('holds the daemon back while the client does not read, and lets go when it does', async () => {
    const { user, dockerd, meter } = open();
    dockerd.write(Buffer.alloc(BIG, 'o'));
    for (let piece = 0; piece < 100; piece += 1) dockerd.write(Buffer.alloc(HIGH_WATER_MARK));
    await settled();
    expect(meter.out).toBeLessThanOrEqual(BIG + 2 * HIGH_WATER_MARK);
    expect(dockerd.writableNeedDrain).toBe(true);
    user.resume();
    await settled();
    expect(meter.out).toBe(2 * BIG);
  });

  it('holds the client back while the daemon does not read, and lets go when it does', async () => {
    const { user, dockerd, meter } = open();
    for (let piece = 0; piece < 100; piece += 1) user.write(Buffer.alloc(HIGH_WATER_MARK));
    await settled();
    expect(meter.in).toBeLessThanOrEqual(4 * HIGH_WATER_MARK);
    dockerd.resume();
    await settled();
    expect(meter.in).toBe(BIG);
  });

  it('counts for what came early, too', async () => {
    const { user, meter } = open({ client: 'x'.repeat(BIG) });
    user.write('more');
    await settled();
    expect(meter.in).toBe(BIG);
  });

  it('of one direction does not stop the other', async () => {
    const { user, dockerd, meter } = open();
    for (let piece = 0; piece < 100; piece += 1) dockerd.write(Buffer.alloc(HIGH_WATER_MARK));
    await settled();
    user.write('let me out');
    await settled();
    expect(available(dockerd)).toBe('let me out');
    expect(meter.in).toBe(10);
  });
});

describe('a daemon that has ended', () => {
  it('and reads no more does not keep a client that goes on sending', async () => {
    const stand = open();
    stand.dockerd.end('head is done');
    const output = textOf(stand.user);
    for (let piece = 0; piece < 100; piece += 1) stand.user.write(Buffer.alloc(HIGH_WATER_MARK));
    expect(await output).toBe('head is done');
    stand.user.end();
    expect(await stand.done).toBe('complete');
  });

  it('frees a client that it has held back before', async () => {
    const stand = open();
    for (let piece = 0; piece < 100; piece += 1) stand.user.write(Buffer.alloc(HIGH_WATER_MARK));
    await settled();
    stand.dockerd.end();
    stand.user.resume();
    stand.user.end();
    expect(await stand.done).toBe('complete');
  });

  it('and then fails leaves the client its output, to the last byte', async () => {
    const stand = open();
    stand.dockerd.end('x'.repeat(BIG));
    // The gate has taken it all in, the client has read none of it.
    stand.ends.daemon.on('end', () => stand.ends.daemon.destroy(new Error('write EPIPE')));
    await settled();
    const output = textOf(stand.user);
    expect((await output).length).toBe(BIG);
    stand.user.end();
    expect(await stand.done).toBe('complete');
  });

  it('makes the call complete even where the client then breaks off', async () => {
    const stand = open();
    stand.user.resume();
    stand.dockerd.end('all');
    await settled();
    stand.ends.client.destroy(new Error('read ECONNRESET'));
    expect(await stand.done).toBe('complete');
    expect(stand.ends.daemon.destroyed).toBe(true);
  });
});

describe('a side that vanishes', () => {
  it.each([
    ['without a word', undefined],
    ['with an error', new Error('read ECONNRESET')],
  ])('is the daemon %s: the client is cut off', async (_, error) => {
    const stand = open();
    stand.dockerd.write('half of it');
    await settled();
    stand.ends.daemon.destroy(error);
    expect(await stand.done).toBe('daemon-gone');
    expect(stand.ends.client.destroyed).toBe(true);
  });

  it.each([
    ['without a word', undefined],
    ['with an error', new Error('read ECONNRESET')],
  ])('is the client %s: the daemon is cut off', async (_, error) => {
    const stand = open();
    stand.ends.client.destroy(error);
    expect(await stand.done).toBe('client-gone');
    expect(stand.ends.daemon.destroyed).toBe(true);
  });

  it('is the first that did, whatever comes of it', async () => {
    const stand = open();
    stand.ends.client.destroy(new Error('read ECONNRESET'));
    stand.ends.daemon.destroy(new Error('write EPIPE'));
    expect(await stand.done).toBe('client-gone');
  });

  it('is the daemon where it goes after the client ended its input, without an end of its own', async () => {
    const stand = open();
    stand.user.end('abc');
    expect(await textOf(stand.dockerd)).toBe('abc');
    stand.ends.daemon.destroy();
    expect(await stand.done).toBe('daemon-gone');
  });
});
