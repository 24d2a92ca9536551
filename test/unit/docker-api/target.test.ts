import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTarget } from '../../../src/docker-api/target.ts';
import { CallError } from '../../../src/errors.ts';
import { PROPERTY } from '../helpers/property.ts';
import { refusalOf } from '../helpers/refusal.ts';

describe('parseTarget', () => {
  it('splits a target into version, route and query', () => {
    expect(parseTarget('/v1.41/containers/json?all=1&size=0')).toEqual({
      path: '/v1.41/containers/json',
      route: '/containers/json',
      version: '1.41',
      query: 'all=1&size=0',
      encodedSlash: false,
    });
  });

  it.each([
    ['/_ping', undefined, '/_ping'],
    ['/', undefined, '/'],
    ['/version', undefined, '/version'],
    ['/volumes', undefined, '/volumes'],
    ['/v', undefined, '/v'],
    ['/v1x/info', undefined, '/v1x/info'],
    ['/V1.41/info', undefined, '/V1.41/info'],
    ['/v1.0/info', '1.0', '/info'],
    ['/v1.24/info', '1.24', '/info'],
    ['/v10.99/info', '10.99', '/info'],
    ['/v1.41', '1.41', ''],
    ['/v1.41/', '1.41', '/'],
    ['/containers/v1.41', undefined, '/containers/v1.41'],
  ])('reads %s as version %s of %s', (target, version, route) => {
    expect(parseTarget(target)).toMatchObject({ path: target, version, route });
  });

  it.each([
    ['/v1.41/%63ontainers/%6Ason', '/v1.41/containers/json'],
    ['/%76%31%2E41/info', '/v1.41/info'],
    ['/images/a%2Fb%2fc:t/json', '/images/a/b/c:t/json'],
    ['/containers/a%20b/json', '/containers/a%20b/json'],
    ['/containers/a"<>^`{|}b/json', '/containers/a%22%3C%3E%5E%60%7B%7C%7Db/json'],
    ["/containers/!'()*[]/json", '/containers/%21%27%28%29%2A%5B%5D/json'],
    ['/images/a-_.~$&+,:;=@/json', '/images/a-_.~$&+,:;=@/json'],
    ['/images/%2d%5f%7e%40%3a/json', '/images/-_~@:/json'],
  ])('writes %s canonically as %s', (target, path) => {
    expect(parseTarget(target).path).toBe(path);
  });

  it('keeps the query as it came, escapes, repeated keys and further question marks included', () => {
    const query = 'a=%53&a=2&%61=+&b=x?y&c&&=d&filters={"x":["y"]}';
    expect(parseTarget(`/info?${query}`).query).toBe(query);
  });

  it('takes an empty query for none', () => {
    expect(parseTarget('/info?')).toEqual(parseTarget('/info'));
  });

  it('says where a slash of the path was written as an escape, and not where one of the query was', () => {
    expect(parseTarget('/images/a%2Fb/json').encodedSlash).toBe(true);
    expect(parseTarget('/images/a%2fb/json').encodedSlash).toBe(true);
    expect(parseTarget('/images/a/json?x=a%2Fb').encodedSlash).toBe(false);
  });

  it.each([
    ['the empty target', '', 'origin form'],
    ['the asterisk form', '*', 'origin form'],
    ['the absolute form', 'http://d/v1.41/info', 'origin form'],
    ['the authority form', 'd:80', 'origin form'],
    ['a path that does not start with a slash', 'info', 'origin form'],
    ['a query without a path', '?x=/info', 'origin form'],
    ['a space', '/containers/a b/json', 'not visible ASCII'],
    ['a tab', '/containers/a\tb/json', 'not visible ASCII'],
    ['a line end', '/info\r\nHost: x', 'not visible ASCII'],
    ['a line end at the very end', '/info\n', 'not visible ASCII'],
    ['NUL', '/info\0', 'not visible ASCII'],
    ['DEL', '/in\x7ffo', 'not visible ASCII'],
    ['a byte over 0x7f', '/containers/\xc3\xa9/json', 'not visible ASCII'],
    ['a character outside Latin-1', '/containers/\u2028/json', 'not visible ASCII'],
    ['a control byte in the query', '/info?\x01=1', 'not visible ASCII'],
    ['a backslash', '/v1.41\\containers\\json', '"#"'],
    ['a backslash in the query', '/info?a=\\', '"#"'],
    ['a fragment', '/info#x', '"#"'],
    ['a fragment in the query', '/info?a#x', '"#"'],
    ['a double slash at the start', '//v1.41/info', '"//"'],
    ['a double slash inside', '/v1.41//info', '"//"'],
    ['a double slash at the end', '/v1.41/info//', '"//"'],
    ['a double slash, half of it escaped', '/images/%2fjson', '"//"'],
    ['a double slash, all of it escaped', '/images/a%2F%2Fb/json', '"//"'],
    ['a dot segment', '/v1.41/./info', 'dot segment'],
    ['a dot-dot segment', '/v1.41/x/../info', 'dot segment'],
    ['a dot segment at the end', '/v1.41/info/.', 'dot segment'],
    ['a dot-dot segment at the end', '/v1.41/info/..', 'dot segment'],
    ['an escaped dot-dot segment', '/v1.41/%2e%2E/info', 'dot segment'],
    ['dot-dot segments between escaped slashes', '/images/..%2f..%2fprune/json', 'dot segment'],
    ['a path that is a dot segment', '/..', 'dot segment'],
    ['an escape that is cut off', '/info%2', 'path holds a bad percent escape'],
    ['an escape that is no hex', '/info%zz', 'path holds a bad percent escape'],
    ['a bare percent sign', '/info%', 'path holds a bad percent escape'],
    ['an escaped NUL', '/containers/%00/start', 'not printable ASCII'],
    ['an escaped line end', '/containers/%0d%0aX/start', 'not printable ASCII'],
    ['an escaped DEL', '/containers/%7f/start', 'not printable ASCII'],
    ['an escaped byte over 0x7f', '/containers/%ff/json', 'not printable ASCII'],
    ['an overlong slash', '/images/a%c0%afb/json', 'not printable ASCII'],
    ['a percent sign that is escaped', '/containers/%252e%252e/json', 'decodes to "%"'],
    ['an escaped backslash', '/containers/a%5cb/json', 'decodes to "\\"'],
    ['an escaped number sign', '/info%23x', 'decodes to "#"'],
    ['an escaped question mark', '/info%3fx=1', 'decodes to "?"'],
    ['a semicolon in the query', '/info?a=1;b=2', '";"'],
    ['a bad escape in the query', '/containers/x/kill?signal=%zz&a=1', 'query holds a bad percent'],
    ['a cut-off escape in the query', '/containers/x/kill?signal=%5', 'query holds a bad percent'],
    ['a version with two dots', '/v1..41/info', 'not of the form v1.41'],
    ['a version without numbers', '/v./info', 'not of the form v1.41'],
    ['a version of one number', '/v9999/info', 'not of the form v1.41'],
    ['a version of four numbers', '/v1.41.0.0/info', 'not of the form v1.41'],
    ['a version with a leading zero', '/v01.041/info', 'not of the form v1.41'],
    ['a minor version with a leading zero', '/v1.041/info', 'not of the form v1.41'],
    ['a minor version of three digits', '/v1.411/info', 'not of the form v1.41'],
    ['an odd version and nothing else', '/v1.', 'not of the form v1.41'],
    ['an odd version behind escapes', '/%76%31..41/info', 'not of the form v1.41'],
  ])('refuses %s', (_, target, reason) => {
    const error = refusalOf(() => parseTarget(target));
    expect(error).toMatchObject({ code: 'REQUEST_AMBIGUOUS', status: 400 });
    expect(error.message).toMatch(/^refused: /);
    expect(error.message).toContain(reason);
  });

  it('never repeats the target in the reason of a refusal', () => {
    expect(refusalOf(() => parseTarget('/tell-tale%00')).message).not.toContain('tell-tale');
    expect(refusalOf(() => parseTarget('/tell-tale?%')).message).not.toContain('tell-tale');
  });
});

/** Pieces of which targets are made, honest and not. */
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('/', 'containers', 'images', 'a', 'b1', '-', ':t', '.') },
  { weight: 2, arbitrary: fc.constantFrom('%2F', '%2f', '%20', '%41', '%2e', '%7E', '%22', '*') },
  { weight: 1, arbitrary: fc.constantFrom('//', '/../', '%00', '%25', '%', ';', '?', '#', '\\') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 3 }) },
  { weight: 1, arbitrary: fc.stringMatching(/^%[0-9A-Fa-f]{2}$/) },
);
const version = fc.constantFrom('', '', '/v1.41', '/v1.24', '/v1..4', '/v01.1', '/%761.41');
const query = fc.oneof(
  fc.constant(''),
  fc.webQueryParameters().map((text) => `?${text}`),
);
const target = fc
  .tuple(version, fc.array(piece, { maxLength: 8 }), query)
  .map(([start, pieces, end]) => `${start}/${pieces.join('')}${end}`);

const parse = (raw: string) => {
  try {
    return parseTarget(raw);
  } catch (error) {
    if (error instanceof CallError) return undefined;
    throw error;
  }
};

describe('whatever parseTarget accepts', () => {
  it('is often enough something, so that the properties below are tried', () => {
    const accepted = fc.sample(target, PROPERTY).filter((raw) => parse(raw) !== undefined);
    expect(accepted.length).toBeGreaterThan(250);
    expect(accepted.length).toBeLessThan(900);
  });

  it('decodes once to the same path before and after canonicalisation', () => {
    fc.assert(
      fc.property(target, (raw) => {
        const read = parse(raw);
        if (read === undefined) return;
        const once = decodeURIComponent(raw.split('?', 1)[0] ?? '');
        expect(decodeURIComponent(read.path)).toBe(once);
        expect(`${read.version === undefined ? '' : `/v${read.version}`}${read.route}`).toBe(once);
      }),
      PROPERTY,
    );
  });

  it('is canonical after one pass', () => {
    fc.assert(
      fc.property(target, (raw) => {
        const read = parse(raw);
        if (read === undefined) return;
        const { path, query: kept } = read;
        expect(parseTarget(kept === '' ? path : `${path}?${kept}`)).toEqual({
          ...read,
          encodedSlash: false,
        });
      }),
      PROPERTY,
    );
  });

  it('holds no dot segment, double slash, control or non-ASCII byte, raw or decoded', () => {
    fc.assert(
      fc.property(target, (raw) => {
        const read = parse(raw);
        if (read === undefined) return;
        for (const path of [read.path, decodeURIComponent(read.path), read.route]) {
          expect(path.split('/')).not.toContain('.');
          expect(path.split('/')).not.toContain('..');
          expect(path).not.toContain('//');
          expect(path).not.toMatch(/[^\x20-\x7e]/);
          expect(path).not.toMatch(/[\\#?]/);
        }
        expect(read.path).not.toMatch(/%(?:2[35eEfF]|3[fF]|5[cC])/);
        expect(read.query).toMatch(/^[\x21-\x7e]*$/);
      }),
      PROPERTY,
    );
  });

  it('is accepted or refused with a CallError for any string at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        parse(raw);
        parse(`/${raw}`);
      }),
      PROPERTY,
    );
  });
});
