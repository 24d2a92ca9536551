import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameCounter } from '../../../src/docker-api/stdcopy.ts';
import { stdcopyFrame } from '../../support/fake/stdcopy.ts';
import { PROPERTY } from '../helpers/property.ts';

const NAMES = ['stdin', 'stdout', 'stderr', 'systemerr'] as const;
const NONE = { stdin: 0, stdout: 0, stderr: 0, systemerr: 0 };

function count(...chunks: readonly Uint8Array[]): FrameCounter {
  const counter = new FrameCounter();
  for (const chunk of chunks) counter.push(chunk);
  return counter;
}

describe('a multiplexed stream', () => {
  it('is counted stream by stream, wherever it is cut', () => {
    const frames = fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.uint8Array({ maxLength: 40 })), {
      maxLength: 8,
    });
    const cuts = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(frames, cuts, (list, lengths) => {
        const expected = { ...NONE };
        for (const [name, payload] of list) expected[name] += payload.length;
        const all = Buffer.concat(
          list.map(([name, data]) => stdcopyFrame(name, Buffer.from(data))),
        );
        const counter = new FrameCounter();
        let at = 0;
        for (const length of lengths) {
          counter.push(all.subarray(at, at + length));
          at += length;
        }
        counter.push(all.subarray(at));
        expect(counter.bytes).toEqual(expected);
        expect(counter.garbage).toBe(false);
        expect(counter.withinFrame).toBe(false);
      }),
      PROPERTY,
    );
  });

  it('counts what has come of a frame that was cut, and says that it was', () => {
    const frame = stdcopyFrame('stderr', 'abcdef');
    for (const [length, stderr, cut] of [
      [0, 0, false],
      [3, 0, true],
      [8, 0, true],
      [11, 3, true],
      [14, 6, false],
    ] as const) {
      const counter = count(frame.subarray(0, length));
      expect(counter.bytes).toEqual({ ...NONE, stderr });
      expect(counter.withinFrame).toBe(cut);
    }
  });

  it('may hold frames of 4 GiB, of which nothing is kept', () => {
    const counter = count(Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]));
    const chunk = Buffer.alloc(65_536);
    for (let at = 0; at < 65_535; at += 1) counter.push(chunk);
    counter.push(chunk.subarray(1));
    counter.push(stdcopyFrame('stderr', 'x'));
    expect(counter.bytes).toEqual({ ...NONE, stdout: 2 ** 32 - 1, stderr: 1 });
  });

  it.each([
    ['a type beyond 3', [4, 0, 0, 0, 0, 0, 0, 1]],
    ['a padding that is not zero', [1, 0, 0, 1, 0, 0, 0, 1]],
    ['text', [...Buffer.from('HTTP/1.1')]],
  ])('is given up at %s, with what was counted before', (_, header) => {
    const counter = count(stdcopyFrame('stdout', 'ab'), Buffer.from([...header, 97]));
    expect(counter.garbage).toBe(true);
    counter.push(stdcopyFrame('stdout', 'cd'));
    expect(counter.bytes).toEqual({ ...NONE, stdout: 2 });
  });

  it('gives counts away that cannot be changed from outside', () => {
    const counter = count(stdcopyFrame('stdout', 'ab'));
    Object.assign(counter.bytes, { stdout: 7 });
    expect(counter.bytes.stdout).toBe(2);
  });
});
