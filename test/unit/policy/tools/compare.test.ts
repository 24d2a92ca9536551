import { describe, expect, it } from 'vitest';
import { compare, type Change } from '../../../../src/policy/tools/compare.ts';
import { policyOf } from '../../../support/policy.ts';

const words = (changes: readonly Change[]): readonly string[] =>
  changes.map(({ action, before = '-', after = '-' }) => `${action}: ${before} > ${after}`);

function differences(before: string, after: string) {
  return compare(policyOf(before), policyOf(after)).map(({ who, gains, loses, changes }) => ({
    who,
    gains: words(gains),
    loses: words(loses),
    changes: words(changes),
  }));
}

const one = (lines: string): string =>
  `users: [{ user: a, roles: [r] }]\nroles:\n  r: { ${lines} }\n`;

describe('a comparison', () => {
  it('finds nothing between a policy and itself', () => {
    const text = one('allow: ["*"], deny: [image.push]');
    expect(differences(text, text)).toEqual([]);
    // Order says nothing, and neither do words for the same.
    expect(
      differences(
        one('allow: [container.list, image.list]'),
        one('allow: [image.list, container.list, container.list]'),
      ),
    ).toEqual([]);
  });

  it('says what is gained and lost', () => {
    expect(
      differences(
        one('allow: [container.list, image.push], unconstrained: true'),
        one('allow: [container.list, image.tag], unconstrained: true'),
      ),
    ).toEqual([
      {
        who: 'a',
        gains: ['image.tag: - > always'],
        loses: ['image.push: always > -'],
        changes: [],
      },
    ]);
  });

  it('says what is allowed on other conditions', () => {
    const [first] = differences(
      one('unconstrained: true, allow: [container.start]'),
      one('allow: [{ actions: [container.start], containers: { names: [web-*] } }]'),
    );
    expect(first?.changes).toEqual([
      'container.start: always > {containers:{names:[web-*]}} within the default constraints',
    ]);
    const [second] = differences(
      one('allow: [container.create]'),
      one('allow: [container.create], constraints: { privileged: true }'),
    );
    expect(second?.changes).toEqual([
      'container.create: within the default constraints > within {privileged:true}',
    ]);
  });

  it('says who may do what is not understood, and that a denial of everything ends it', () => {
    const text = (roles: string) => `
users: [{ user: a, roles: [${roles}] }]
roles: { closed: { deny: ["*"] }, trial: { mode: warn, deny: ["*"] } }
`;
    const [lost] = differences(text('admin'), text('admin, closed'));
    expect(lost?.loses).toContain('unknown: always > -');
    const [kept] = differences(text('admin'), text('admin, trial'));
    expect(kept?.loses ?? []).not.toContain('unknown: always > -');
  });

  it('says of constraints where they have something to say', () => {
    const [held] = differences(one('allow: []'), one('allow: [container.list, image.push]'));
    expect(held?.gains).toEqual([
      'container.list: - > always',
      'image.push: - > within the default constraints',
    ]);
    const old = 'allow: [container.list], constraints: { min-api-version: "1.44" }';
    const [version] = differences(one('allow: []'), one(old));
    expect(version?.gains).toEqual(['container.list: - > within {min-api-version:1.44}']);
  });

  it('knows denials, with selectors and without', () => {
    const [first] = differences(
      one('allow: [image.push, network.remove, volume.remove], unconstrained: true'),
      one(
        'allow: [image.push, network.remove, volume.remove], deny: [image.push, { actions: [network.remove], networks: [db] }, { actions: [volume.remove], volumes: [db] }], unconstrained: true',
      ),
    );
    expect(first).toEqual({
      who: 'a',
      gains: [],
      loses: ['image.push: always > -'],
      changes: [
        'volume.remove: always > always, not {volumes:[db]}',
        'network.remove: always > always, not {networks:[db]}',
      ],
    });
  });

  it('puts several ways side by side', () => {
    const [first] = differences(
      one('allow: []'),
      one(
        'allow: [{ actions: [image.push], images: [a] }, { actions: [image.push], images: [b] }], unconstrained: true',
      ),
    );
    expect(first?.gains).toEqual(['image.push: - > {images:[a]} or {images:[b]}']);
  });

  it('knows who only warns, and who may what is not understood', () => {
    const [warn] = differences(
      one('allow: [image.push]'),
      one('mode: warn, allow: [image.push], deny: [image.push]'),
    );
    expect(warn?.changes).toEqual([
      'image.push: within the default constraints > with a warning or within the default constraints',
    ]);
    const admin = 'users: [{ user: a, roles: [admin] }]';
    const [all] = differences(one('allow: []'), admin);
    expect(all?.gains).toContain('unknown: - > always');
    expect(all?.gains).toContain('swarm.leave: - > always');
  });

  it('goes by who is meant, and says when and from where', () => {
    const before = `
users:
  - { user: ci-*, roles: [viewer] }
  - { fingerprint: "${'ab'.repeat(32)}", roles: [viewer] }
  - { certificate-role: ops, roles: [operator] }
`;
    const after = `
cas: { partner: "${'cd'.repeat(32)}" }
users:
  - { user: ci-1, from: [10.0.0.0/8], until: 2000-01-01, roles: [log-reader] }
  - { user: ci-*, roles: [viewer] }
  - { certificate-role: ops, ca: partner, roles: [operator] }
`;
    const found = differences(before, after);
    expect(found.map(({ who }) => who)).toEqual([
      'certificate-role ops',
      'certificate-role ops of partner',
      'ci-1',
      `fingerprint ${'ab'.repeat(32)}`,
    ]);
    // To the policy before, that CA had no name.
    expect(found[1]?.loses).toEqual([]);
    // It matched the pattern before.
    expect(found[2]).toMatchObject({
      gains: [
        'container.inspect: - > from 10.0.0.0/8 until 2000-01-02T00:00:00.000Z',
        'container.logs: - > from 10.0.0.0/8 until 2000-01-02T00:00:00.000Z',
      ],
      loses: [],
      changes: [],
    });
  });

  it('says when an entry holds only for a time, or from a network, and when it no longer does', () => {
    const users = (more: string): string => `users: [{ user: a, roles: [lists]${more} }]
roles: { lists: { allow: [image.list] }, not: { deny: [image.list] } }`;
    expect(differences(users(', until: 2026-12-31'), users(''))[0]?.changes).toEqual([
      'image.list: until 2027-01-01T00:00:00.000Z > always',
    ]);
    expect(differences(users(''), users(', from: [10.0.0.0/8, "::1"]'))[0]?.changes).toEqual([
      'image.list: always > from 10.0.0.0/8 or ::1',
    ]);
    const also = '}, { user: a, roles: [lists], until: 2026-12-31';
    expect(differences(users(''), users(also))).toEqual([]);
    const not = '}, { user: a, roles: [not], from: [10.0.0.0/8]';
    expect(differences(users(''), users(not))[0]?.changes).toEqual([
      'image.list: always > always, not from 10.0.0.0/8',
    ]);
  });

  it('says which limits change', () => {
    const users = (own: string, role: string): string => `
users: [{ user: a, roles: [r]${own} }]
roles: { r: { allow: [image.list]${role} } }`;
    const before = users(', limits: { builds: 4, streams: 2 }', '');
    const after = users(
      ', limits: { builds: 4 }',
      ', limits: { builds: 1 }, shared-limits: { calls-per-second: 9 }',
    );
    const [found] = compare(policyOf(before), policyOf(after));
    expect(found).toMatchObject({
      gains: [],
      loses: [],
      changes: [],
      limits: [
        { limit: 'streams', before: 2, after: undefined },
        { limit: 'builds', before: 4, after: 1 },
        { limit: 'calls-per-second of all with the role "r"', before: undefined, after: 9 },
      ],
    });
  });
});
