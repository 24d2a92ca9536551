import { describe, expect, it } from 'vitest';
import { ALICE, decide, policyOf, refusal } from '../../support/policy.ts';
import type { Caller } from '../../../src/policy/types.ts';

const may = (entry: string, caller: Partial<Caller> = {}): boolean =>
  decide(policyOf(`${CAS}users: [{ ${entry} }]`), 'GET /info', { caller }).allow;

const PARTNER = 'cd'.repeat(32);
/** Whoever may connect to /run/a.sock. */
const LOCAL_CALLER = {
  ...{ user: 'unix:/run/a.sock', ca: 'local', fingerprint: undefined, role: undefined },
  address: 'local',
};
const CAS = `cas: { partner: "${PARTNER}", other: "${'EF:'.repeat(31)}EF" }\n`;

describe('an entry that is not in force', () => {
  it('is one that means the caller at another time, or from another place', () => {
    const policy = policyOf(`users:
  - { user: alice, from: [198.51.100.0/24], roles: [viewer] }
  - { user: "a*", until: 2026-05-31, roles: [operator] }
  - { user: alice, from: [192.0.2.0/24], roles: [monitor] }
  - { user: bob, until: 2026-05-31, roles: [admin] }
`);
    const roles = policy.idleEntries(ALICE).flatMap((entry) => entry.roles);
    expect(roles.map(({ name }) => name)).toEqual(['viewer', 'operator']);
  });
});

describe('an entry of users', () => {
  it.each([
    ['user: alice', {}, true],
    ['user: Alice', {}, false],
    ['user: "a*"', {}, true],
    ['user: "?"', {}, false],
    [`fingerprint: "${'ab'.repeat(32)}"`, {}, true],
    [`fingerprint: "${'AB:'.repeat(31)}AB"`, {}, true],
    [`fingerprint: "${'ac'.repeat(32)}"`, {}, false],
    [`user: bob, fingerprint: "${'ab'.repeat(32)}"`, {}, false],
    ['certificate-role: ops', {}, false],
    ['certificate-role: ops', { role: 'ops' }, true],
    ['certificate-role: ops', { role: 'Ops' }, false],
    ['user: alice, certificate-role: ops', { role: 'ops' }, true],
    ['user: alice, from: [192.0.2.0/24]', {}, true],
    ['user: alice, from: [198.51.100.0/24, "::1"]', {}, false],
    ['user: alice, from: [192.0.2.0/24]', { address: 'unknown' }, false],
    ['user: alice, until: 2026-06-01', {}, true],
    ['user: alice, until: 2026-05-31', {}, false],
    ['user: alice, until: "2026-06-01T12:00:01Z"', {}, true],
    ['user: alice, until: "2026-06-01T14:00:00+02:00"', {}, false],
    ['user: alice, until: "2026-06-01T12:00Z"', {}, false],
    ['user: alice', { ca: PARTNER }, false],
    ['user: "*"', { ca: PARTNER }, false],
    [`fingerprint: "${'ab'.repeat(32)}"`, { ca: PARTNER }, false],
    ['certificate-role: ops', { ca: PARTNER, role: 'ops' }, false],
    ['user: alice, ca: partner', { ca: PARTNER }, true],
    ['user: alice, ca: other', { ca: 'ef'.repeat(32) }, true],
    ['user: alice, ca: other', { ca: PARTNER }, false],
    ['user: alice, ca: partner', { ca: 'partner' }, false],
    ['user: alice, ca: partner', {}, false],
    ['user: "unix:/run/a.sock"', LOCAL_CALLER, true],
    ['user: "unix:/run/*"', LOCAL_CALLER, true],
    ['user: "unix:*"', LOCAL_CALLER, true],
    ['user: "unix:/run/b.sock"', LOCAL_CALLER, false],
    ['user: "*"', LOCAL_CALLER, false],
    ['user: "*/run/a.sock"', LOCAL_CALLER, false],
    ['user: "?nix:/run/a.sock"', LOCAL_CALLER, false],
    ['user: "*", ca: partner', LOCAL_CALLER, false],
    [`fingerprint: "${'ab'.repeat(32)}"`, LOCAL_CALLER, false],
    ['certificate-role: ops', LOCAL_CALLER, false],
    ['user: "unix:*"', {}, false],
    ['user: "unix:*"', { user: 'unix:/run/a.sock' }, false],
    ['user: "unix:*"', { user: 'unix:/run/a.sock', ca: PARTNER }, false],
  ])('%s means %j: %s', (entry, caller, expected) => {
    expect(may(`${entry}, roles: [viewer]`, caller)).toBe(expected);
  });

  it('that means nobody leaves everything refused', () => {
    const policy = policyOf('users: []');
    expect(refusal(policy, 'GET /_ping')).toBe(
      'system.ping is refused: no entry of "users" gives a role to "alice"; an entry of "users" that does',
    );
    expect(policy.limits(ALICE)).toEqual([]);
  });

  it('adds to others that mean the same caller', () => {
    const policy = policyOf(`
users:
  - { user: alice, roles: [viewer] }
  - { user: alice, roles: [viewer, builder] }
  - { user: "*", roles: [pinger] }
roles:
  builder: { allow: [image.build] }
  pinger: { allow: [debug] }
`);
    expect(policy.rolesOf(ALICE).map(({ name }) => name)).toEqual(['viewer', 'builder', 'pinger']);
    for (const call of ['GET /containers/json', 'POST /build', 'GET /debug/vars']) {
      expect(refusal(policy, call)).toBeUndefined();
    }
  });
});

describe('an entry that is idle', () => {
  it('means a caller at another time or from another place, not now', () => {
    const policy = policyOf(`
users:
  - { user: alice, roles: [viewer] }
  - { user: alice, until: 2026-05-31, roles: [viewer] }
  - { user: "*", from: [198.51.100.0/24], roles: [viewer] }
  - { user: bob, until: 2026-05-31, roles: [viewer] }
`);
    const idle = policy.idleEntries(ALICE).map(({ settings }) => settings.user);
    expect(idle).toEqual(['alice', '*']);
  });
});

describe('limits', () => {
  it('are the smallest of all that any role or entry has', () => {
    const policy = policyOf(`
users:
  - { user: alice, roles: [a, b], limits: { streams: 5, builds: 1 } }
roles:
  a: { limits: { calls-per-second: 10, streams: 7 } }
  b: { inherits: [c], limits: { calls-per-second: 0.5 } }
  c: { limits: { concurrent-calls: 3, builds: 2 } }
`);
    expect(policy.limits(ALICE)).toEqual([
      { callsPerSecond: 0.5, concurrentCalls: 3, streams: 5, builds: 1 },
    ]);
  });

  it('may be those alone that all who have a role share', () => {
    const policy = policyOf(`
users:
  - { user: alice, roles: [a] }
  - { user: bob, roles: [b] }
roles:
  a: { shared-limits: { builds: 4 } }
  b: {}
`);
    expect(policy.limits(ALICE)).toEqual([{ role: 'a', builds: 4 }]);
    expect(policy.limits({ ...ALICE, user: 'bob' })).toEqual([]);
  });

  it('that all who have a role share are theirs together, once', () => {
    const policy = policyOf(`
users:
  - { user: alice, roles: [a, b] }
  - { user: "*", roles: [c] }
roles:
  a: { inherits: [c] }
  b: { inherits: [c], shared-limits: { streams: 9 } }
  c: { limits: { builds: 1 }, shared-limits: { builds: 4 } }
`);
    expect(policy.limits(ALICE)).toEqual([
      { builds: 1 },
      { role: 'c', builds: 4 },
      { role: 'b', streams: 9 },
    ]);
  });

  it('that nobody set are none', () => {
    expect(policyOf('users: [{ user: alice, roles: [admin] }]').limits(ALICE)).toEqual([]);
  });
});
