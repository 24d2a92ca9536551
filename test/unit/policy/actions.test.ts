import { describe, expect, it } from 'vitest';
import { EFFECTS } from '../../../src/docker-api/effects.ts';
import { ACTIONS, actionsOf, nearestWord } from '../../../src/policy/actions.ts';

describe('a word of a rule', () => {
  it('is an action, a glob or an effect class', () => {
    expect(actionsOf('container.start')).toEqual(['container.start']);
    expect(actionsOf('image.*').every((action) => action.startsWith('image.'))).toBe(true);
    expect(actionsOf('image.*')).toHaveLength(15);
    expect(actionsOf('read')).toEqual(ACTIONS.filter((action) => EFFECTS[action] === 'read'));
  });

  it('never grants what is not understood', () => {
    for (const word of ['unknown', '*', 'un*', '*n*']) {
      expect(actionsOf(word)).not.toContain('unknown');
    }
    expect(actionsOf('*')).toHaveLength(Object.keys(EFFECTS).length - 1);
  });

  it('means the same when it is asked for again, however many others were asked for between', () => {
    const before = actionsOf('exec.*');
    for (let at = 0; at < 2_000; at += 1) expect(actionsOf(`container.nothing-${at}`)).toEqual([]);
    expect(actionsOf('exec.*')).toEqual(before);
  });

  it('in another case, or with a space, means nothing', () => {
    expect(actionsOf('Container.start')).toEqual([]);
    expect(actionsOf('container.start ')).toEqual([]);
  });

  it('that is mistyped has a neighbour, if any is near', () => {
    expect(nearestWord('container.sart')).toBe('container.start');
    expect(nearestWord('image.pul')).toBe('image.pull');
    expect(nearestWord('everything')).toBeUndefined();
  });
});
