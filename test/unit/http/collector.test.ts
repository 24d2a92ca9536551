import { describe, expect, it } from 'vitest';
import { Collector } from '../../../src/http/collector.ts';

describe('Collector', () => {
  it('is empty at first', () => {
    expect(new Collector().body).toEqual(Buffer.alloc(0));
  });

  it('gives back what it was given, in order, whatever the pieces', () => {
    const body = new Collector();
    for (const piece of ['a', '', 'bc', 'defghijklmnop', 'q']) body.add(Buffer.from(piece));
    expect(body.size).toBe(17);
    expect(body.body.toString()).toBe('abcdefghijklmnopq');
  });

  it('keeps its own copy: the piece may be used again', () => {
    const body = new Collector();
    const piece = Buffer.from('a');
    body.add(piece);
    piece.fill('b');
    body.add(piece);
    expect(body.body.toString()).toBe('ab');
  });

  it('takes 4 MiB byte by byte in little room', () => {
    const body = new Collector();
    const piece = Buffer.from('x');
    for (let at = 0; at < 4 * 1024 * 1024; at += 1) body.add(piece);
    expect(body.size).toBe(4 * 1024 * 1024);
    expect(body.body.buffer.byteLength).toBeLessThanOrEqual(8 * 1024 * 1024);
  });
});
