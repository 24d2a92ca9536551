import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Gathering } from '../../../src/http/gather.ts';
import { settled } from '../helpers/streams.ts';

/** Keeps what it gets, one text for each time that it got something. */
class Batches extends Writable {
  readonly seen: string[] = [];

  constructor(highWaterMark = 1024) {
    super({ highWaterMark });
  }

  override _writev(pieces: { chunk: Buffer }[], done: () => void): void {
    this.seen.push(pieces.map(({ chunk }) => chunk.toString()).join(''));
    done();
  }
}

describe('Gathering', () => {
  it('sends what comes in one turn in one go, and what comes in the next in another', async () => {
    const sink = new Batches();
    const gathering = new Gathering(sink);
    for (const piece of ['a', 'b', 'c']) gathering.write(Buffer.from(piece));
    expect(sink.seen).toEqual([]);
    await settled();
    gathering.write(Buffer.from('d'));
    gathering.write(Buffer.from('e'));
    await settled();
    expect(sink.seen).toEqual(['abc', 'de']);
  });

  it('holds no more than the stream has room for', () => {
    const sink = new Batches(4);
    const gathering = new Gathering(sink);
    expect(gathering.write(Buffer.from('ab'))).toBe(true);
    expect(gathering.write(Buffer.from('cd'))).toBe(false);
    expect(sink.seen).toEqual(['abcd']);
  });

  it('loses nothing where the stream is ended while something is held', async () => {
    const sink = new Batches();
    const gathering = new Gathering(sink);
    gathering.write(Buffer.from('a'));
    gathering.write(Buffer.from('b'));
    sink.end();
    await settled();
    expect(sink.seen).toEqual(['ab']);
    expect(sink.writableFinished).toBe(true);
  });

  it('does no harm to a stream that went while something was held', async () => {
    const sink = new Batches();
    const gathering = new Gathering(sink);
    gathering.write(Buffer.from('a'));
    sink.destroy();
    await settled();
    expect(sink.seen).toEqual([]);
  });
});
