import { describe, expect, it } from 'vitest';
import { learn, type SeenCall } from '../../../../src/policy/tools/learn.ts';
import type { Action } from '../../../../src/docker-api/effects.ts';
import { review } from '../../../../src/policy/tools/review.ts';
import { container, decide, policyOf, problemsOf, questionOf } from '../../../support/policy.ts';

const call = (user: string, action: Action, ...names: readonly string[]): SeenCall => ({
  user,
  action,
  names,
});
const ID = '4f'.repeat(32);

describe('what is learned', () => {
  it('allows what was seen where a call names two objects, of which the trail shows one', () => {
    const seen = [
      call('alice', 'container.rename', 'web'),
      call('alice', 'image.tag', 'app'),
      call('alice', 'image.commit', 'web'),
    ];
    const policy = policyOf(learn(seen, 'audit.jsonl'));
    const facts = [container('web')];
    expect(decide(policy, 'POST /containers/web/rename?name=b', { facts }).allow).toBe(true);
    expect(decide(policy, 'POST /images/app/tag?repo=b', { facts }).allow).toBe(true);
    const commit = 'POST /commit?container=web&repo=b';
    expect(decide(policy, commit, { facts, body: {} }).allow).toBe(true);
  });

  it('is of users of other CAs under the names of those', () => {
    const ca = 'ab'.repeat(32);
    const seen = [{ ...call('alice', 'container.list'), ca }, call('bob', 'container.list')];
    const policy = policyOf(learn(seen, 'audit.jsonl'));
    const list = 'GET /containers/json';
    expect(decide(policy, list, { caller: { user: 'alice', ca } }).allow).toBe(true);
    expect(decide(policy, list, { caller: { user: 'alice' } }).allow).toBe(false);
    expect(decide(policy, list, { caller: { user: 'bob' } }).allow).toBe(true);
  });

  it('names what was named, and counts', () => {
    expect(
      learn(
        [
          call('bob', 'container.list'),
          call('alice', 'container.start', 'web-1'),
          call('alice', 'container.start', 'web-2'),
          call('alice', 'container.start', 'web-1'),
          call('alice', 'image.pull', 'reg.example/a:1'),
          call('alice', 'container.create', 'web-1'),
        ],
        'audit.jsonl',
      ),
    ).toBe(`# What was seen in audit.jsonl, and nothing else.
users:
  - user: "alice"
    roles: ["seen-alice"]
  - user: "bob"
    roles: ["seen-bob"]
roles:
  "seen-alice":
    allow:
      - actions: [container.create] # 1 call; what they asked for is not in the trail: a plain one is allowed
        containers: { names: ["web-1"] }
      - actions: [container.start] # 3 calls
        containers: { names: ["web-1", "web-2"] }
      - actions: [image.pull] # 1 call
        images: ["reg.example/a:1"]
  "seen-bob":
    allow:
      - container.list # 1 call
`);
  });

  it.each([
    ['an id', [call('a', 'container.stop', ID)]],
    ['no name', [call('a', 'container.stop', 'web'), call('a', 'container.stop')]],
    ['a pattern', [call('a', 'container.stop', 'web*')]],
    [
      'too many names',
      Array.from({ length: 11 }, (_, at) => call('a', 'container.stop', `c${at}`)),
    ],
    ['more than one kind', [call('a', 'network.connect', 'web')]],
    ['a list', [call('a', 'container.list', 'odd')]],
  ])('is about every object where there was %s', (_, calls) => {
    const policy = policyOf(learn(calls, 'x'));
    const [grant] = [...policy.roles.values()].flatMap((role) =>
      role.name === 'seen-a' ? role.grants : [],
    );
    expect(grant?.selectors).toBeUndefined();
  });

  it('keeps apart what acts on the host, and leaves out what is not understood', () => {
    const text = learn(
      [call('a@b', 'swarm.init'), call('a@b', 'unknown'), call('a@b', 'unknown')],
      'x',
    );
    expect(text).toContain('# 2 calls were not understood: only the role "admin" may make them.');
    const policy = policyOf(text);
    const caller = { user: 'a@b' };
    expect(decide(policy, 'POST /swarm/init', { caller }).allow).toBe(true);
    expect(decide(policy, 'POST /swarm/leave', { caller }).allow).toBe(false);
    expect(decide(policy, 'GET /odd', { caller }).allow).toBe(false);
    expect(policy.roles.get('seen-a-b-host')?.grants).toHaveLength(1);
  });

  it('of nothing is a policy that allows nobody anything', () => {
    expect(problemsOf(learn([], 'x'))).toEqual([]);
    expect(policyOf(learn([], 'x')).entries).toEqual([]);
  });

  it('allows what was seen, and nothing else', () => {
    const seen = [
      'POST /containers/web/stop',
      'DELETE /volumes/data',
      'GET /info',
      'POST /build?t=app',
    ];
    const calls = seen.map((text) => {
      const { operation } = questionOf(text);
      return { user: 'alice', action: operation.action, names: operation.subject.names };
    });
    const policy = policyOf(learn(calls, 'x'));
    const facts = [container('web'), container('db')];
    for (const text of seen) expect(decide(policy, text, { facts }).allow).toBe(true);
    for (const other of [
      'POST /containers/db/stop',
      'DELETE /volumes/db',
      'GET /version',
      'POST /build',
    ]) {
      expect(decide(policy, other, { facts }).allow).toBe(false);
    }
    expect(review(policy, 0).map(({ kind }) => kind)).toEqual(['coarse']);
  });
});
