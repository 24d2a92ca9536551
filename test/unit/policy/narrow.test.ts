import { describe, expect, it } from 'vitest';
import { compileGlob } from '../../../src/policy/glob.ts';
import { narrowTo } from '../../../src/policy/narrow.ts';
import type { Narrowing } from '../../../src/policy/types.ts';
import { ALICE, decide, operationOf, policyOf, refusal, roleOf } from '../../support/policy.ts';

/** How a list is held, and whether it is allowed at all, which has to be the same. */
function narrow(rules: string, call: string): Narrowing {
  const policy = roleOf(`allow: [${rules}]`);
  const narrowing = policy.narrow(ALICE, operationOf(call));
  expect(decide(policy, call).allow).toBe(narrowing.kind !== 'refuse');
  return narrowing;
}

const rule = (selectors: string): string => `{ actions: ["*"], ${selectors} }`;
const names = (...globs: readonly string[]): string =>
  rule(`containers: { names: ${JSON.stringify(globs)} }`);
const filters = (value: unknown): string => encodeURIComponent(JSON.stringify(value));

describe('a list', () => {
  it('goes as it is where a rule selects nothing', () => {
    expect(narrow('container.list', 'GET /containers/json')).toEqual({ kind: 'as-is' });
    expect(narrow(`${names('web')}, container.list`, 'GET /containers/json')).toEqual({
      kind: 'as-is',
    });
    expect(narrow(names('web'), 'GET /containers/json')).not.toEqual({ kind: 'as-is' });
  });

  it('that nobody allows is refused', () => {
    const policy = roleOf('allow: [read]');
    expect(policy.narrow(ALICE, operationOf('GET /volumes'))).toMatchObject({ kind: 'refuse' });
  });

  it.each(['/containers/json', '/events', '/networks', '/volumes', '/images/json'])(
    'is never held by nothing: %s',
    (path) => {
      const nothing = narrowTo([{}], operationOf(`GET ${path}`));
      expect(nothing).toHaveProperty('because');
      expect(narrowTo([], operationOf(`GET ${path}`))).toEqual(nothing);
    },
  );

  it('of events is held by the rules that select containers', () => {
    const containers = { names: [compileGlob('web-*')] };
    expect(narrowTo([{ containers }, {}], operationOf('GET /events'))).toEqual({
      filters: { type: ['container'], container: ['web-'] },
    });
  });

  it('of anything but lists goes as it is', () => {
    const policy = roleOf(`allow: [${names('web')}]`);
    expect(policy.narrow(ALICE, operationOf('POST /containers/x/stop'))).toEqual({ kind: 'as-is' });
  });

  it.each([
    [names('web-*', 'a.b?'), 'GET /containers/json', { name: ['^/?web-.*$', '^/?a\\.b.$'] }],
    [`${names('a')}, ${names('b')}`, 'GET /containers/json', { name: ['^/?a$', '^/?b$'] }],
    [
      rule('containers: { labels: { a: b, c: "*" } }'),
      'GET /containers/json',
      { label: ['a=b', 'c'] },
    ],
    [
      rule('containers: { names: [x], labels: { a: b } }'),
      'GET /containers/json',
      { name: ['^/?x$'], label: ['a=b'] },
    ],
    [rule('containers: { labels: { a: b } }'), 'POST /containers/prune', { label: ['a=b'] }],
    [rule('networks: [web, "n*"]'), 'GET /networks', { name: ['^web$', '^n.*$'] }],
    [rule('volumes: [data]'), 'GET /volumes', { name: ['^data$'] }],
    [rule('images: [busybox]'), 'GET /images/json', { reference: ['busybox'] }],
    [rule('images: ["team/*:1.**"]'), 'GET /images/json', { reference: ['team/*:1.*'] }],
    [rule('images: ["*"]'), 'GET /images/json', { reference: ['*'] }],
    [rule('images: ["*.example/a"]'), 'GET /images/json', { reference: ['*.example/a'] }],
    [
      rule('images: ["reg.example/**:1"]'),
      'GET /images/json',
      {
        reference: [
          'reg.example/*:1',
          'reg.example/*/*:1',
          'reg.example/*/*/*:1',
          'reg.example/*/*/*/*:1',
          'reg.example/*/*/*/*/*:1',
          'reg.example/*/*/*/*/*/*:1',
        ],
      },
    ],
    [
      rule('containers: { names: ["web-*"], labels: { a: b } }'),
      'GET /events',
      { type: ['container'], label: ['a=b'], container: ['web-'] },
    ],
    [
      rule('containers: { labels: { a: b } }'),
      'GET /events',
      { type: ['container'], label: ['a=b'] },
    ],
  ])('under %s is held at %s', (rules, call, expected) => {
    expect(narrow(rules, call)).toEqual({ kind: 'filters', filters: expected });
  });

  it.each([
    [rule('containers: { images: [a] }'), 'GET /containers/json', /by the image/],
    [
      `${rule('containers: { labels: { a: b } }')}, ${names('x')}`,
      'GET /containers/json',
      /alternatives of labels/,
    ],
    [rule('containers: { labels: { a: "b*" } }'), 'GET /containers/json', /patterns of labels/],
    [rule('containers: { labels: { "a=b": c } }'), 'GET /containers/json', /patterns of labels/],
    [names('x'), 'POST /containers/prune', /cannot prune by name/],
    [rule('networks: [x]'), 'GET /containers/json', /no rule allows it/],
    [rule('networks: [x]'), 'POST /networks/prune', /no filter for it/],
    [rule('volumes: [x]'), 'POST /volumes/prune', /no filter for it/],
    [rule('images: [x]'), 'POST /images/prune', /no filter for it/],
    [names('x'), 'GET /system/df', /no rule allows it/],
    [names('web'), 'GET /events', /beginning of a name/],
    [names('*-web'), 'GET /events', /beginning of a name/],
    [names('cafe*'), 'GET /events', /beginning of a name/],
    [rule('containers: { images: [x] }'), 'GET /events', /by the image/],
    [rule('containers: { labels: { image: x } }'), 'GET /events', /another value/],
    [rule('images: ["**"]'), 'GET /images/json', /cannot filter by the pattern "\*\*"/],
    [rule('images: ["reg.example/**/x"]'), 'GET /images/json', /cannot filter by the pattern/],
    // To the daemon a star there stands for a registry as well.
    [rule('images: ["*/app"]'), 'GET /images/json', /cannot filter by the pattern/],
    [rule('images: ["team?/**"]'), 'GET /images/json', /cannot filter by the pattern/],
    [rule('images: [x]'), 'GET /v1.40/images/json?filter=y', /comes with "filter"/],
  ])('under %s is refused at %s', (rules, call, expected) => {
    expect(narrow(rules, call)).toMatchObject({
      kind: 'refuse',
      reason: expect.stringMatching(expected) as string,
    });
  });

  it.each([
    ['web', 'GET /containers/json', { name: ['web'] }, /filter "name" of its own/],
    ['web-*', 'GET /events', { type: ['container', 'image'] }, /filter "type" of its own/],
    ['web-*', 'GET /events', { container: { x: true } }, /filter "container" of its own/],
  ])('%s with a filter of its own that would widen it is refused', (glob, call, own, expected) => {
    expect(narrow(names(glob), `${call}?filters=${filters(own)}`)).toMatchObject({
      reason: expect.stringMatching(expected) as string,
    });
  });

  it('keeps filters of its own that take away, or say the same', () => {
    const own = filters({ status: ['running'], label: ['c=d'] });
    expect(
      narrow(rule('containers: { labels: { a: b } }'), `GET /containers/json?filters=${own}`),
    ).toEqual({ kind: 'filters', filters: { label: ['a=b'] } });
    const same = filters({ type: ['container'] });
    expect(narrow(names('web-*'), `GET /events?filters=${same}`)).toEqual({
      kind: 'filters',
      filters: { container: ['web-'] },
    });
    const image = filters({ reference: ['busybox'] });
    expect(narrow(rule('images: [busybox, a]'), `GET /images/json?filters=${image}`)).toEqual({
      kind: 'filters',
      filters: {},
    });
  });

  it('goes as it is where the role merely warns, and says so', () => {
    const policy = roleOf(`mode: warn\nallow: [${names('x')}]`);
    const at = (call: string): Narrowing => policy.narrow(ALICE, operationOf(call));
    expect(at('GET /containers/json')).toEqual({
      kind: 'as-is',
      warned: 'container.list: it would be held to what is selected',
    });
    expect(at('POST /containers/prune')).toEqual({
      kind: 'as-is',
      warned: 'container.prune: the daemon cannot prune by name',
    });
  });

  it('that cannot be held to what a denial leaves is denied', () => {
    const policy = roleOf('allow: ["*"]\ndeny: [{ actions: ["*"], containers: { names: [db] } }]');
    for (const call of ['GET /containers/json', 'GET /events', 'GET /system/df']) {
      expect(refusal(policy, call)).toMatch(/is denied to the role "test"/);
    }
    expect(refusal(policy, 'GET /images/json')).toBeUndefined();
  });

  it('is held to what several roles select together', () => {
    const policy = policyOf(`
users: [{ user: alice, roles: [a, b] }]
roles:
  a: { allow: [${names('a')}] }
  b: { allow: [${names('b')}] }
`);
    expect(policy.narrow(ALICE, operationOf('GET /containers/json'))).toEqual({
      kind: 'filters',
      filters: { name: ['^/?a$', '^/?b$'] },
    });
    expect(decide(policy, 'GET /containers/json')).toMatchObject({ allow: true, role: 'a' });
  });
});
