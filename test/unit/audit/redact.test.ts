import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactQuery } from '../../../src/audit/redact.ts';
import { PROPERTY } from '../helpers/property.ts';

describe('redactQuery', () => {
  it('is nothing where there is no query', () => {
    expect(redactQuery('')).toBeUndefined();
  });

  it('shows values that are known to be harmless, decoded', () => {
    expect(redactQuery('all=1&%66ilters=%7B%22name%22%3A%5B%22a+b%22%5D%7D')).toEqual({
      all: '1',
      filters: '{"name":["a b"]}',
    });
  });

  it.each([
    ['build args', 'buildargs=%7B%22TOKEN%22%3A%22s3cret%22%7D', 'buildargs'],
    ['a remote URL', 'remote=https%3A%2F%2Fu%3As3cret%40host%2F', 'remote'],
    ['changes to an image', 'changes=ENV+TOKEN%3Ds3cret', 'changes'],
    ['labels', 'labels=s3cret', 'labels'],
    ['a commit message', 'message=s3cret', 'message'],
    ['a parameter that it does not know', 'newthing=s3cret', 'newthing'],
    ['a known parameter in another case', 'ALL=s3cret', 'ALL'],
    ['a parameter named like a property of objects', '__proto__=s3cret', '__proto__'],
    ['another such', 'constructor=s3cret', 'constructor'],
    ['a parameter without a name', '=s3cret', ''],
  ])('masks %s', (_, query, name) => {
    const shown = redactQuery(query) ?? {};
    expect(Object.entries(shown)).toEqual([[name, '***']]);
    expect(JSON.stringify(shown)).not.toContain('s3cret');
  });

  it('masks what looks like a secret in filters, which may hold labels', () => {
    const filters = '{"name":["auth"],"label":["token=s3cret","a=b"],"secret":{"x":true}}';
    expect(redactQuery(`filters=${encodeURIComponent(filters)}`)).toEqual({
      filters: '{"name":["auth"],"label":["token=***","a=b"],"secret":{"x":true}}',
    });
  });

  it('joins the values of a repeated parameter, masked ones too', () => {
    expect(redactQuery('t=a&t=b&t=c&buildargs=x&buildargs=y')).toEqual({
      t: 'a,b,c',
      buildargs: '***,***',
    });
  });

  it('gives neither names nor values that could harm a reader of the log', () => {
    expect(redactQuery('a%0ab%1b=1&name=x%0a%1b%5D&q=%ff')).toEqual({
      'a\\u000ab\\u001b': '***',
      name: 'x\\u000a\\u001b]',
      q: '\\ufffd',
    });
  });

  it('cuts long names and long values', () => {
    const [[name, value] = []] = Object.entries(redactQuery(`${'n'.repeat(70)}=x`) ?? {});
    expect([name, value]).toEqual([
      expect.stringMatching(/^n{64}…\(\+6, sha256 [0-9a-f]{16}\)$/),
      '***',
    ]);
    expect(redactQuery(`name=${'x'.repeat(1_025)}`)?.['name']).toMatch(
      /^x{1024}…\(\+1, sha256 [0-9a-f]{16}\)$/,
    );
  });

  it('stays short, however often a parameter is repeated and however many there are', () => {
    const repeated = redactQuery('name=x&'.repeat(100_000));
    expect(JSON.stringify(repeated).length).toBeLessThan(64 * 1024);
    const many = Array.from({ length: 50_000 }, (_, at) => `name${at}=x`).join('&');
    expect(JSON.stringify(redactQuery(many)).length).toBeLessThan(64 * 1024);
  });

  it('shows 64 parameters, and says that there are more', () => {
    const query = (count: number) => Array.from({ length: count }, (_, at) => `x${at}`).join('&');
    expect(Object.keys(redactQuery(query(64)) ?? {})).toHaveLength(64);
    expect(redactQuery(query(64))).not.toHaveProperty('…');
    expect(redactQuery(query(65))).toMatchObject({ '…': 'more parameters than are logged' });
  });

  it('shows no value of a parameter that is not known to be harmless', () => {
    const name = fc.stringMatching(/^[a-z]{1,12}$/).map((text) => `x${text}`);
    fc.assert(
      fc.property(name, fc.string({ unit: 'grapheme', minLength: 1 }), (key, secret) => {
        const shown = redactQuery(new URLSearchParams([[key, secret]]).toString());
        expect(shown).toEqual({ [key]: '***' });
      }),
      PROPERTY,
    );
  });
});
