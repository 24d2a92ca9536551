import { describe, expect, it } from 'vitest';
import type { TargetFacts } from '../../../src/policy/types.ts';
import {
  container,
  CREATE,
  decide,
  referencesOf,
  roleOf,
  type Asked,
} from '../../support/policy.ts';

const ID = '4f'.repeat(32);
const selecting = (selectors: string, actions = '"*"') =>
  roleOf(`allow: [{ actions: [${actions}], ${selectors} }]\nunconstrained: true`);
const denying = (selectors: string) =>
  roleOf(`allow: ["*"]\ndeny: [{ actions: ["*"], ${selectors} }]\nunconstrained: true`);

/** Whether a rule that selects so allows a call, and one that forbids so forbids it. */
function outcome(selectors: string, call: string, asked: Asked = {}): readonly [boolean, boolean] {
  return [
    decide(selecting(selectors), call, asked).allow,
    !decide(denying(selectors), call, asked).allow,
  ];
}

const YES = [true, true] as const;
const NO = [false, false] as const;
/** In doubt a grant does not allow, and a denial forbids. */
const DOUBT = [false, true] as const;

describe('a container', () => {
  const start = 'POST /containers/x/start';
  const known = (facts: Partial<TargetFacts>): Asked => ({ facts: [container('x', facts)] });

  it.each([
    ['containers: { names: [web-*] }', known({ name: 'web-1' }), YES],
    ['containers: { names: [a, web-*] }', known({ name: 'db' }), NO],
    ['containers: { labels: { team: web } }', known({ labels: { team: 'web' } }), YES],
    ['containers: { labels: { team: "w*" } }', known({ labels: { team: 'web' } }), YES],
    ['containers: { labels: { team: web } }', known({ labels: { Team: 'web' } }), NO],
    ['containers: { labels: { team: web } }', known({ labels: undefined }), NO],
    ['containers: { labels: { toString: "*" } }', known({ labels: {} }), NO],
    ['containers: { labels: { a: b, c: d } }', known({ labels: { a: 'b' } }), NO],
    ['containers: { images: ["reg.example/**"] }', known({ image: 'reg.example/a:1' }), YES],
    ['containers: { images: ["busybox:latest"] }', known({ image: 'busybox' }), YES],
    ['containers: { images: ["busybox"] }', known({ image: 'Busybox' }), NO],
    ['containers: { images: ["busybox"] }', known({ image: undefined }), NO],
    ['containers: { images: ["**"] }', known({ image: `sha256:${ID}` }), DOUBT],
    ['containers: { names: ["*"], labels: { a: b } }', known({ name: 'x' }), NO],
    ['containers: { names: ["?*"] }', known({ name: undefined }), NO],
    ['images: ["**"]', known({}), NO],
  ])('with %s and %j', (selectors, asked, expected) => {
    expect(outcome(selectors, start, asked)).toEqual(expected);
  });

  it('that nobody asked the daemon about is in doubt', () => {
    expect(outcome('containers: { names: [x] }', start)).toEqual(DOUBT);
    const other = { facts: [container('y', { name: 'x' })] };
    expect(outcome('containers: { names: [x] }', start, other)).toEqual(DOUBT);
  });

  it('that is not there may be asked for by a name that is selected', () => {
    const asked = { facts: [{ kind: 'container', ref: 'x', missing: true } as const] };
    expect(outcome('containers: { names: [x] }', start, asked)).toEqual(YES);
    expect(outcome('containers: { names: [y] }', start, asked)).toEqual(NO);
    expect(outcome('containers: { names: [x], labels: { a: b } }', start, asked)).toEqual(NO);
    expect(outcome('containers: { labels: { a: b } }', start, asked)).toEqual(NO);
    expect(outcome('containers: { images: [a] }', start, asked)).toEqual(NO);
  });

  it('is judged by what the daemon says of it, not by what it is called', () => {
    const asked = { facts: [container('web-1', { name: 'db', id: ID })] };
    expect(outcome('containers: { names: [web-*] }', 'POST /containers/web-1/stop', asked)).toEqual(
      NO,
    );
  });

  it('of an exec is the one that the exec is in', () => {
    const facts = [{ ...container(ID, { name: 'web-1' }), kind: 'exec' as const }];
    const asked = { facts, body: {} };
    const call = `POST /exec/${ID}/start`;
    expect(outcome('containers: { names: [web-*] }', call, asked)).toEqual(YES);
    expect(outcome('containers: { names: [db] }', call, asked)).toEqual(NO);
    expect(outcome('containers: { names: [db] }', call, { body: {} })).toEqual(DOUBT);
  });

  it('that is to be made is judged by what it will be', () => {
    const body = { Image: 'busybox', Labels: { team: 'web' } };
    expect(outcome('containers: { names: [web-*] }', CREATE, { body })).toEqual(YES);
    expect(outcome('containers: { labels: { team: web } }', CREATE, { body })).toEqual(YES);
    expect(outcome('containers: { labels: { team: db } }', CREATE, { body })).toEqual(NO);
    expect(outcome('containers: { images: [busybox] }', CREATE, { body })).toEqual(YES);
    expect(outcome('containers: { labels: { team: web } }', CREATE, { body: {} })).toEqual(NO);
    expect(outcome('containers: { names: [web-*] }', CREATE)).toEqual(DOUBT);
    const unnamed = 'POST /containers/create';
    expect(outcome('containers: { names: ["?*"] }', unnamed, { body })).toEqual(NO);
  });

  it('that gets another name has to be selected under both', () => {
    const asked = { facts: [container('x', { name: 'web-1', labels: { a: 'b' } })] };
    const call = 'POST /containers/x/rename?name=/web-2';
    expect(outcome('containers: { names: [web-*] }', call, asked)).toEqual(YES);
    expect(outcome('containers: { names: [web-1] }', call, asked)).toEqual([false, true]);
    expect(outcome('containers: { names: [web-2] }', call, asked)).toEqual([false, true]);
    expect(outcome('containers: { names: [db] }', call, asked)).toEqual(NO);
    expect(outcome('containers: { labels: { a: b } }', call, asked)).toEqual(YES);
    expect(outcome('containers: { labels: { a: c } }', call, asked)).toEqual(NO);
    expect(outcome('containers: { names: ["?*"] }', 'POST /containers/x/rename', asked)).toEqual([
      false,
      true,
    ]);
  });
});

/** An exporter that gives the image a name of its own. */
const NAMED = (name: string): string =>
  encodeURIComponent(JSON.stringify([{ Type: 'moby', Attrs: { name } }]));

describe('an image', () => {
  const digest = `sha256:${'cd'.repeat(32)}`;
  const image = (ref: string, names: readonly string[]): Asked => ({
    facts: [{ kind: 'image', ref, names }],
  });

  it.each([
    ['images: [busybox]', 'GET /images/busybox/json', {}, YES],
    ['images: ["busybox:latest"]', 'GET /images/busybox/json', {}, YES],
    // No name of ours: what a daemon would make of it is not known.
    ['images: [busybox]', 'GET /images/BusyBox/json', {}, DOUBT],
    ['images: [evil.example/**]', 'POST /images/EVIL.example:443/x/push', {}, YES],
    ['images: [evil.example/**]', 'POST /images/evil.example:5000/x/push', {}, NO],
    ['images: ["reg.example/**"]', 'POST /images/reg.example/a/b/push?tag=1', {}, YES],
    ['images: ["reg.example/a:2"]', 'POST /images/reg.example/a:2/push?tag=1', {}, NO],
    ['images: [busybox]', 'POST /images/create?fromImage=busybox', {}, YES],
    ['images: ["busybox:latest"]', 'POST /images/create?fromImage=busybox', {}, DOUBT],
    ['images: ["app:1"]', 'POST /images/create?fromImage=busybox', {}, NO],
    // Without a tag, all of them go out.
    ['images: ["app:latest"]', 'POST /images/app/push', {}, DOUBT],
    ['images: ["app:latest"]', 'POST /images/app/push?tag=latest', {}, YES],
    ['images: ["app:secret"]', 'POST /images/app/push', {}, DOUBT],
    ['images: ["app:latest"]', 'GET /images/app/get', {}, DOUBT],
    ['images: ["app:latest"]', 'GET /images/app:latest/get', {}, YES],
    ['images: ["app:latest"]', 'GET /images/get?names=app:latest&names=app', {}, DOUBT],
    [`images: ["app:1"]`, `GET /images/app@${digest}/get`, {}, NO],
    ['images: [app]', 'GET /images/app/get', {}, YES],
    ['images: [app]', 'POST /images/app/push', {}, YES],
    ['images: ["busybox:1"]', 'POST /images/create?fromImage=busybox&tag=1', {}, YES],
    ['images: [cafe]', 'POST /images/create?fromImage=cafe', {}, YES],
    ['images: ["**"]', 'POST /images/create?fromSrc=-', {}, NO],
    ['images: [app]', 'POST /images/create?fromSrc=-&repo=app', {}, YES],
    ['images: [app]', 'GET /images/get?names=app&names=app:2', {}, YES],
    ['images: [app]', 'GET /images/get?names=app&names=other', {}, [false, true]],
    // Any image may be in an archive.
    ['images: ["**"]', 'POST /images/load', {}, DOUBT],
    ['containers: { names: ["*"] }', 'POST /images/load', {}, NO],
    ['images: ["**"]', 'GET /images/search?term=x', {}, NO],
    ['images: [app]', 'GET /distribution/app/json', {}, YES],
    ['images: [app, b]', 'POST /images/app/tag?repo=b', {}, YES],
    ['images: [app]', 'POST /images/app/tag?repo=b', {}, [false, true]],
    ['images: [app]', 'POST /build?t=app', {}, YES],
    ['images: [app]', 'POST /build', {}, NO],
    ['images: [app]', `POST /build?t=app&outputs=${NAMED('app:1')}`, {}, YES],
    ['images: [app]', `POST /build?t=app&outputs=${NAMED('app,evil')}`, {}, [false, true]],
    ['images: ["**"]', 'POST /build/cancel?id=1', {}, NO],
    ['images: [cafe]', 'GET /images/cafe/json', {}, DOUBT],
    ['images: [app]', 'GET /images/cafe/json', image('cafe', ['app:1', `app@${digest}`]), YES],
    ['images: [app]', 'GET /images/cafe/json', image('cafe', ['app:1', 'b:1']), DOUBT],
    ['images: [app]', 'GET /images/cafe/json', image('cafe', ['b:1', '<none>']), NO],
    ['images: [app]', 'GET /images/cafe/json', image('cafe', []), DOUBT],
    [
      'images: [app]',
      'GET /images/cafe/json',
      { facts: [{ kind: 'image', ref: 'cafe' }] as const },
      DOUBT,
    ],
    [
      'images: [cafe]',
      'GET /images/cafe/json',
      { facts: [{ kind: 'image', ref: 'cafe', missing: true }] as const },
      YES,
    ],
  ] as const)('with %s at %s', (selectors, call, asked, expected) => {
    expect(outcome(selectors, call, asked)).toEqual(expected);
  });

  it('that is made of a container needs both to be selected', () => {
    const asked = { facts: [container('x', { name: 'web' })], body: {} };
    const both = 'containers: { names: [web] }, images: [app]';
    expect(outcome(both, 'POST /commit?container=x&repo=app', asked)).toEqual(YES);
    expect(outcome(both, 'POST /commit?container=x&repo=b', asked)).toEqual(NO);
    expect(outcome('containers: { names: [web] }', 'POST /commit?container=x', asked)).toEqual(YES);
  });
});

describe('a network', () => {
  const network = (name: string): TargetFacts => ({ kind: 'network', ref: 'n', name, id: ID });

  it.each([
    ['networks: [web]', 'GET /networks/n', [network('web')], YES],
    ['networks: [web]', 'GET /networks/n', [network('db')], NO],
    ['networks: [web]', 'GET /networks/n', [], DOUBT],
    ['networks: [web]', 'GET /networks/n', [{ kind: 'network', ref: 'n' }], NO],
    ['networks: [n]', 'GET /networks/n', [{ kind: 'network', ref: 'n', missing: true }], YES],
  ] as const)('with %s at %s', (selectors, call, facts, expected) => {
    expect(outcome(selectors, call, { facts })).toEqual(expected);
  });

  it('that is to be made is judged by its name', () => {
    const call = 'POST /networks/create';
    expect(outcome('networks: [web]', call, { body: { Name: 'web' } })).toEqual(YES);
    expect(outcome('networks: [web]', call, { body: { Name: 'db' } })).toEqual(NO);
    expect(outcome('networks: [web]', call)).toEqual(NO);
  });

  it('is joined by a container that stands in the body', () => {
    const facts = [network('web'), container('victim', { name: 'victim' })];
    const asked = { facts, body: { Container: '/victim' } };
    const call = 'POST /networks/n/connect';
    const both = 'networks: [web], containers: { names: [victim] }';
    expect(outcome(both, call, asked)).toEqual(YES);
    expect(outcome('networks: [web], containers: { names: [mine] }', call, asked)).toEqual(NO);
    expect(outcome('networks: [web]', call, asked)).toEqual([false, true]);
    expect(outcome(both, call, { facts })).toEqual(DOUBT);
    expect(outcome(both, 'POST /networks/n/disconnect', asked)).toEqual(YES);
  });

  it('is the one that a NetworkID names too, which the daemon prefers to the path', () => {
    const call = 'POST /networks/n/connect';
    const both = 'networks: [web], containers: { names: [mine] }';
    const connect = (name: string, selectors = both) =>
      outcome(selectors, call, {
        body: { Container: 'mine', EndpointConfig: { NetworkID: 'm' } },
        facts: [network('web'), container('mine'), { ...network(name), ref: 'm' }],
      });
    expect(connect('web')).toEqual(YES);
    expect(connect('secret')).toEqual([false, true]);
    expect(connect('secret', 'networks: [secret], containers: { names: [mine] }')).toEqual([
      false,
      true,
    ]);
  });
});

describe('a volume', () => {
  it('is its name', () => {
    expect(outcome('volumes: [data-*]', 'DELETE /volumes/data-1')).toEqual(YES);
    expect(outcome('volumes: [data-*]', 'DELETE /volumes/db')).toEqual(NO);
    expect(outcome('networks: ["*"]', 'DELETE /volumes/db')).toEqual(NO);
    const call = 'POST /volumes/create';
    expect(outcome('volumes: [data-*]', call, { body: { Name: 'data-1' } })).toEqual(YES);
    expect(outcome('volumes: [data-*]', call, { body: {} })).toEqual(NO);
  });
});

describe('what is none of these', () => {
  it.each(['GET /info', 'POST /swarm/leave', 'GET /services/x', 'POST /build/prune'])(
    'is selected by nothing: %s',
    (call) => {
      const all = 'containers: { names: ["*"] }, images: ["**"], networks: ["*"], volumes: ["*"]';
      expect(outcome(all, call)).toEqual(NO);
    },
  );
});

describe('a rule that selects other kinds', () => {
  it.each(['GET /images/busybox/json', 'POST /containers/x/stop', 'DELETE /volumes/x'])(
    'says nothing of %s',
    (call) => {
      expect(outcome('networks: ["*"]', call)).toEqual(NO);
    },
  );

  it('says nothing of a network', () => {
    const facts = [{ kind: 'network', ref: 'n', name: 'n' } as const];
    expect(outcome('images: ["**"]', 'GET /networks/n', { facts })).toEqual(NO);
  });
});

describe('references', () => {
  const all = selecting(
    'containers: { names: ["*"] }, images: ["**"], networks: ["*"], volumes: ["*"]',
  );

  it.each([
    ['POST /containers//x/stop'.replace('//', '/'), undefined, [['container', 'x', 'path']]],
    [`POST /exec/${ID}/start`, {}, [['exec', ID, 'path']]],
    ['POST /containers/x/rename?name=y', undefined, [['container', 'x', 'path']]],
    ['GET /images/cafe/json', undefined, [['image', 'cafe', 'path']]],
    ['GET /images/busybox/json', undefined, []],
    ['POST /images/create?fromImage=cafe', undefined, []],
    ['DELETE /volumes/x', undefined, []],
    ['POST /networks/create', { Name: 'x' }, []],
    [CREATE, { Image: 'a' }, []],
    [
      'POST /networks/n/connect',
      { Container: 'c' },
      [
        ['network', 'n', 'path'],
        ['container', 'c', 'body'],
      ],
    ],
    ['POST /networks/n/connect', {}, [['network', 'n', 'path']]],
    ['POST /commit?container=x&repo=cafe', {}, [['container', 'x', 'query']]],
    ['GET /containers/json', undefined, []],
    ['GET /info', undefined, []],
  ] as const)('of %s', (call, body, expected) => {
    const found = referencesOf(all, call, body === undefined ? {} : { body });
    expect(found.map(({ kind, ref, from }) => [kind, ref, from])).toEqual(expected);
  });

  it('are none where nobody selects', () => {
    expect(referencesOf(roleOf('allow: ["*"]'), 'POST /containers/x/stop')).toEqual([]);
    expect(referencesOf(roleOf('allow: [read]'), 'POST /containers/x/stop')).toEqual([]);
  });

  it('are asked for where a denial selects', () => {
    const policy = denying('containers: { names: [x] }');
    expect(referencesOf(policy, 'POST /containers/x/stop')).toHaveLength(1);
    expect(referencesOf(policy, 'GET /images/cafe/json')).toEqual([]);
    const only = roleOf('deny: [{ actions: ["*"], containers: { names: [x] } }]');
    expect(referencesOf(only, 'POST /containers/x/stop')).toHaveLength(1);
  });
});
