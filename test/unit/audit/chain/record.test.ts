import { describe, expect, it } from 'vitest';
import {
  MAX_LINE,
  PartedRecord,
  recordText,
  WrittenFields,
} from '../../../../src/audit/chain/record.ts';

const NOW = Date.parse('2026-03-01T12:00:00.250Z');

const ID = '00000000-0000-4000-8000-000000000000';
const CALLER = { user: 'alice', ca: undefined, remote: '192.0.2.7:51234' };
const REQUEST = { method: 'GET', path: '/containers/a\u202eb\n/json', query: { name: '"\\é' } };
const END = { status: 200, reason: undefined, target: { kind: 'container', name: 'web' } };

describe('a record in parts', () => {
  it.each([
    { title: 'as it was written before', written: true },
    { title: 'written now', written: false },
  ])('is the same line as the record in one, with a part $title', ({ written }) => {
    const caller = written ? new WrittenFields(CALLER) : CALLER;
    const parts = new PartedRecord('call', ID, [caller, REQUEST, {}, END]);
    const whole = { event: 'call', id: ID, ...CALLER, ...REQUEST, ...END };
    expect(recordText(parts, NOW)).toBe(recordText(whole, NOW));
    expect(parts.whole()).toEqual(whole);
  });

  it('writes every value as JSON does', () => {
    const values = {
      ...{
        zero: 0,
        minus: -0,
        small: 1e-7,
        large: 1e21,
        third: 1 / 3,
        none: NaN,
        endless: Infinity,
      },
      ...{ yes: true, nothing: null, empty: '', quote: '"', back: '\\', del: '\x7f', tab: '\t' },
      ...{
        list: ['a"', 1, undefined],
        nested: { é: 'é', gone: undefined },
        lone: '\ud800',
        space: ' ',
      },
    };
    const text = recordText(new PartedRecord('call', ID, [values]), NOW);
    expect(text).toBe(recordText({ event: 'call', id: ID, ...values }, NOW));
    expect(JSON.parse(`{${text}`)).toMatchObject(JSON.parse(JSON.stringify(values)) as object);
  });

  it('may say nothing but what happened', () => {
    const parts = new PartedRecord('connection-cut', ID, [
      {},
      new WrittenFields({ reason: undefined }),
    ]);
    expect(recordText(parts, NOW)).toBe(
      `"time":"2026-03-01T12:00:00.250Z","event":"connection-cut","id":"${ID}"}`,
    );
  });

  it('loses its longest fields where it is too long, whichever part they are in, and names them', () => {
    const caller = new WrittenFields({ user: 'u'.repeat(MAX_LINE) });
    const parts = new PartedRecord('call', ID, [caller, END]);
    const text = recordText(parts, NOW);
    expect(text.length).toBeLessThan(MAX_LINE);
    expect(JSON.parse(`{${text}`)).toEqual({
      time: '2026-03-01T12:00:00.250Z',
      event: 'call',
      id: ID,
      status: 200,
      target: { kind: 'container', name: 'web' },
      cut: ['user'],
    });
  });
});
