import { describe, expect, it } from 'vitest';
import { endToEnd, headerPairs, headerTokens, headerValues } from '../../../src/http/headers.ts';

describe('headerPairs', () => {
  it('gives names in the case of the sender, in order, repeated lines apart', () => {
    expect([...headerPairs(['b', '1', 'A', '2', 'b', '3'])]).toEqual([
      ['b', '1'],
      ['A', '2'],
      ['b', '3'],
    ]);
  });

  it('drops a name without a value at the end', () => {
    expect([...headerPairs(['a', '1', 'b'])]).toEqual([['a', '1']]);
  });
});

describe('headerValues', () => {
  it('finds every line of a header, whatever its case', () => {
    expect(headerValues(['Host', 'a', 'X', 'b', 'HOST', 'c'], 'host')).toEqual(['a', 'c']);
  });

  it('does not find a header whose name only starts the same, or a value', () => {
    expect(headerValues(['Hosts', 'a', 'x', 'host', 'Hos', 'b'], 'host')).toEqual([]);
  });
});

describe('headerTokens', () => {
  it('splits every line at commas, trims, and folds the case', () => {
    const raw = ['Connection', 'Keep-Alive,  Upgrade', 'connection', 'X-A'];
    expect(headerTokens(raw, 'connection')).toEqual(['keep-alive', 'upgrade', 'x-a']);
  });

  it('has no empty words', () => {
    expect(headerTokens(['Connection', ' , close,,\t'], 'connection')).toEqual(['close']);
  });
});

describe('endToEnd', () => {
  it('keeps order, case and repeated lines', () => {
    const raw = ['x-b', '1', 'X-A', '2', 'X-B', '3', 'Content-Length', '5'];
    expect(endToEnd(raw)).toEqual(raw);
  });

  it.each([
    'Connection',
    'Keep-Alive',
    'Proxy-Connection',
    'Proxy-Authenticate',
    'Proxy-Authorization',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'HTTP2-Settings',
  ])('drops %s, which concerns one connection only', (name) => {
    expect(endToEnd(['A', '1', name, 'x', 'B', '2'])).toEqual(['A', '1', 'B', '2']);
  });

  it('drops what Connection names, on whichever line', () => {
    const raw = [
      'X-A',
      '1',
      'Connection',
      'close, x-a',
      'connection',
      'X-B',
      'x-b',
      '2',
      'X-C',
      '3',
    ];
    expect(endToEnd(raw)).toEqual(['X-C', '3']);
  });

  it('keeps what is as long as one of these, and another', () => {
    const raw = ['User-Agent', 'x', 'ET', '1', 'Api-Key', '2'];
    expect(endToEnd(raw)).toEqual(raw);
  });

  it('drops what the caller asks to, and nothing that is only similar', () => {
    const raw = ['Expect', '100-continue', 'X-Expect', '1', 'Content-Length', '2'];
    expect(endToEnd(raw, ['expect', 'content-length'])).toEqual(['X-Expect', '1']);
  });
});
