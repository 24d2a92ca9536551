import { describe, expect, it } from 'vitest';
import { compileRoles } from '../../../src/policy/roles.ts';
import { refusalText } from '../../../src/policy/refusal.ts';
import {
  ALICE,
  bodyOf,
  constrained,
  container,
  CREATE,
  decide,
  operationOf,
  policyOf,
  questionOf,
  refusal,
  roleOf,
} from '../../support/policy.ts';

describe('a decision', () => {
  it('refuses what no rule allows, and says what would be needed', () => {
    const policy = roleOf('allow: [container.list]');
    expect(decide(policy, 'POST /containers/web/start')).toEqual({
      allow: false,
      role: 'test',
      reason: 'container.start is not allowed to the role "test"',
      needed: '"allow: container.start"',
    });
    expect(refusalText({ reason: 'a', needed: 'b' })).toBe('refused by policy: a; needed: b');
  });

  it('allows by action, glob and class', () => {
    for (const word of ['container.list', '"container.*"', 'read-sensitive']) {
      expect(decide(roleOf(`allow: [${word}]`), 'GET /containers/json')).toEqual({
        allow: true,
        rule: 'policy.yaml:6',
        role: 'test',
      });
    }
  });

  it('lets a denial win over every grant of every role', () => {
    const policy = policyOf(`
users: [{ user: alice, roles: [admin, careful] }]
roles:
  careful: { deny: [image-out, swarm.leave] }
`);
    expect(refusal(policy, 'POST /images/x/push')).toMatch(
      /^image\.push is denied to the role "careful" \(policy\.yaml:4\); no role whose "deny" says so/,
    );
    expect(refusal(policy, 'POST /swarm/leave')).toBeDefined();
    expect(refusal(policy, 'GET /info')).toBeUndefined();
  });

  it('refuses what is not understood to every role but admin', () => {
    const admin = policyOf('users: [{ user: alice, roles: [admin] }]');
    expect(decide(admin, 'GET /new/route')).toEqual({
      allow: true,
      rule: 'preset admin',
      role: 'admin',
    });
    for (const policy of [
      constrained(),
      roleOf('allow: ["*"]\nunconstrained: true'),
      roleOf('inherits: [admin]\nconstraints: {}'),
      roleOf('inherits: [admin]'),
      roleOf('mode: warn\nallow: ["*"]'),
    ]) {
      expect(refusal(policy, 'GET /new/route')).toMatch(
        /^unknown is not allowed to the role "test"; the role "admin"/,
      );
    }
  });

  it('refuses what is not understood even to admin where another role denies everything', () => {
    const closed = (word: string) =>
      policyOf(`
users: [{ user: alice, roles: [admin, closed] }]
roles:
  closed: { deny: ['${word}'] }
`);
    for (const word of ['*', '**']) {
      expect(refusal(closed(word), 'GET /new/route')).toMatch(/^unknown is denied to the role/);
    }
    expect(refusal(closed('image.*'), 'GET /new/route')).toBeUndefined();
  });

  it('refuses a body that was not read to every role that is not unconstrained', () => {
    expect(refusal(constrained(), CREATE)).toBe(
      'container.create is refused to the role "test": the body: the body has not been read; a role with "unconstrained: true"',
    );
    const other = { ...questionOf(CREATE), body: bodyOf(operationOf('POST /commit'), {}) };
    expect(constrained().decide(other).allow).toBe(false);
    expect(decide(roleOf('allow: ["*"]\nunconstrained: true'), CREATE).allow).toBe(true);
  });

  it('names the rule that came nearest, and how much more is wrong', () => {
    const policy = roleOf(`
allow:
  - actions: [container.create]
    containers: { names: [db-*] }
  - container.create
  - actions: [container.create]
    containers: { names: [cache-*] }
`);
    const body = { Image: 'busybox', HostConfig: { Privileged: true, PidMode: 'host' } };
    expect(decide(policy, CREATE, { body })).toMatchObject({
      rule: 'policy.yaml:9',
      reason:
        'container.create is refused to the role "test": HostConfig.Privileged: it may not be set (and 1 more)',
      needed: '"constraints: privileged: true"',
    });
  });

  it('tells a role that selects something else apart from one that selects nothing', () => {
    const policy = roleOf('allow: [{ actions: [image.*], images: [busybox] }]');
    expect(refusal(policy, 'POST /build')).toMatch(/it names no object; a rule whose images/);
    expect(refusal(policy, 'POST /images/load')).toMatch(
      /image "of any name, in an archive" is not what the role selects; a rule whose images/,
    );
    expect(refusal(policy, 'POST /images/evil/push')).toMatch(
      /image "evil" is not what the role selects/,
    );
  });

  it('says which kind of selector is missing', () => {
    const policy = roleOf('allow: [{ actions: ["*"], networks: [web] }]');
    const asked = { body: { Container: 'c' }, facts: [container('c')] };
    expect(refusal(policy, 'POST /networks/web/connect', asked)).toMatch(
      /a rule whose containers select that$/,
    );
  });
});

describe('a role that merely warns', () => {
  const policy = roleOf('mode: warn\nallow: [container.list]\ndeny: [image.push]');

  it('lets its refusals pass, and says what they would have been', () => {
    expect(decide(policy, 'POST /containers/web/start')).toEqual({
      allow: true,
      rule: 'mode: warn',
      role: 'test',
      warned: 'container.start is not allowed to the role "test"',
    });
    expect(decide(policy, 'GET /containers/json')).not.toHaveProperty('warned');
    expect(decide(policy, 'POST /images/x/push')).toMatchObject({
      allow: true,
      rule: 'mode: warn',
    });
  });

  it('records a denial of its own where another rule allows the call', () => {
    const both = policyOf(`
users: [{ user: alice, roles: [careful, other, admin] }]
roles:
  careful: { mode: warn, deny: [image.push] }
  other: { mode: warn, deny: ["image.*"] }
`);
    expect(decide(both, 'POST /images/x/push')).toEqual({
      allow: true,
      rule: 'preset admin',
      role: 'admin',
      warned: 'image.push is denied to the role "careful" (policy.yaml:4)',
    });
  });

  it('does not waive a denial of a role that enforces', () => {
    const both = policyOf(`
users: [{ user: alice, roles: [lenient, careful] }]
roles:
  lenient: { mode: warn }
  careful: { deny: [image.push] }
`);
    expect(decide(both, 'POST /images/x/push').allow).toBe(false);
    expect(decide(both, 'POST /images/x/tag').allow).toBe(true);
  });

  it('does not pass its leniency on to who inherits from it', () => {
    const heir = policyOf(`
users: [{ user: alice, roles: [heir] }]
roles:
  lenient: { mode: warn, allow: [image.list], deny: [image.push] }
  heir: { inherits: [lenient] }
`);
    expect(decide(heir, 'GET /images/json').allow).toBe(true);
    expect(decide(heir, 'POST /images/x/push').allow).toBe(false);
    expect(decide(heir, 'POST /images/x/tag').allow).toBe(false);
  });
});

describe('a path of the host', () => {
  it('is refused where nobody says how to see it', () => {
    const question = questionOf(CREATE, { body: { HostConfig: { Binds: ['/srv:/x'] } } });
    const policy = constrained('{ host-paths: [/] }');
    expect(policy.decide(question).allow).toBe(true);
    expect(policy.decide({ ...question, resolveHostPath: undefined }).allow).toBe(false);
  });
});

describe('inheritance', () => {
  it('of a role that is not there is nothing', () => {
    const role = { mode: 'enforce' as const, allow: [], deny: [], inherits: ['gone'] };
    expect(compileRoles({ heir: role }, () => '').get('heir')?.grants).toEqual([]);
  });

  it('keeps the constraints of a rule, unless the heir has its own words', () => {
    const policy = policyOf(`
users:
  - { user: alice, roles: [plain] }
  - { user: bob, roles: [wider] }
  - { user: carol, roles: [free] }
  - { user: dan, roles: [held] }
roles:
  plain: { inherits: [base] }
  wider: { inherits: [base], constraints: { privileged: true } }
  free: { inherits: [base], unconstrained: true }
  held: { inherits: [free], constraints: { features: [dns] } }
  base: { allow: [container.create], constraints: { features: [auto-remove] } }
`);
    const may = (user: string, HostConfig: object): boolean =>
      decide(policy, CREATE, { caller: { user }, body: { Image: 'app', HostConfig } }).allow;
    expect(may('alice', { AutoRemove: true })).toBe(true);
    expect(may('alice', { Privileged: true })).toBe(false);
    expect(may('bob', { AutoRemove: true, Privileged: true })).toBe(true);
    expect(may('bob', { PidMode: 'host' })).toBe(false);
    expect(may('carol', { PidMode: 'host' })).toBe(true);
    expect(may('dan', { Dns: ['192.0.2.1'] })).toBe(true);
    expect(may('dan', { AutoRemove: true })).toBe(false);
  });

  it('of several roles brings all of their rules', () => {
    const policy = roleOf('inherits: [viewer, ci-builder]\ndeny: [image.push]');
    expect(decide(policy, 'POST /build', {}).allow).toBe(true);
    expect(decide(policy, 'GET /containers/json').allow).toBe(true);
    expect(decide(policy, 'POST /images/x/push').allow).toBe(false);
    expect(policy.limits(ALICE)).toEqual([]);
  });
});
