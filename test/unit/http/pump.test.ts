import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { pump } from '../../../src/http/pump.ts';
import { available, connection, HIGH_WATER_MARK, settled } from '../helpers/streams.ts';

describe('pump', () => {
  it('copies byte for byte and tells the size of every piece', async () => {
    const source = new PassThrough();
    const sink = new PassThrough();
    const sizes: number[] = [];
    pump(source, sink, (count) => sizes.push(count));
    source.write('abc');
    source.write(Buffer.from([0, 255]));
    await settled();
    expect(available(sink)).toBe('abc\0\xff');
    expect(sizes).toEqual([3, 2]);
  });

  it('takes no more from the source than the sink has room for, until there is room again', async () => {
    const source = new PassThrough();
    const [reader, sink] = connection();
    let bytes = 0;
    pump(source, sink, (count) => {
      bytes += count;
    });
    for (let piece = 0; piece < 100; piece += 1) source.write(Buffer.alloc(HIGH_WATER_MARK));
    await settled();
    expect(source.isPaused()).toBe(true);
    expect(bytes).toBeLessThanOrEqual(4 * HIGH_WATER_MARK);
    reader.resume();
    await settled();
    expect(bytes).toBe(100 * HIGH_WATER_MARK);
    expect(source.isPaused()).toBe(false);
  });

  it('neither ends nor destroys the sink when the source ends', async () => {
    const source = new PassThrough();
    const sink = new PassThrough();
    pump(source, sink, () => undefined);
    source.end('x');
    await settled();
    expect(source.readableEnded).toBe(true);
    expect(sink.writableEnded).toBe(false);
    expect(sink.destroyed).toBe(false);
  });

  it('leaves the source alone when the sink goes', async () => {
    const source = new PassThrough();
    const sink = new PassThrough();
    pump(source, sink, () => undefined);
    sink.destroy();
    await settled();
    expect(source.destroyed).toBe(false);
  });

  it('copies nothing after it was stopped, and leaves the source paused with what it holds', async () => {
    const source = new PassThrough();
    const [reader, sink] = connection();
    const stop = pump(source, sink, () => undefined);
    for (let piece = 0; piece < 10; piece += 1) source.write(Buffer.alloc(HIGH_WATER_MARK));
    await settled();
    stop();
    const left = source.readableLength;
    expect(left).toBeGreaterThan(0);
    // Room in the sink does not start it again.
    reader.resume();
    await settled();
    expect(source.isPaused()).toBe(true);
    expect(source.readableLength).toBe(left);
  });
});
