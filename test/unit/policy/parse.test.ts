import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/policy/parse.ts';
import { PRESETS } from '../../../src/policy/presets.ts';
import { decide, policyOf, problemsOf } from '../../support/policy.ts';

describe('a policy', () => {
  it('is read whole', () => {
    const policy = policyOf(`
users:
  - user: alice
    roles: [admin]
`);
    expect(policy.entries).toHaveLength(1);
    expect(decide(policy, 'GET /info').allow).toBe(true);
  });

  it('is text in UTF-8, and no book', () => {
    const problems = (bytes: Uint8Array): unknown => parsePolicy(bytes, 'policy.yaml');
    const refused = (message: string) => ({
      ok: false,
      problems: [{ line: 1, column: 1, message }],
    });
    const bad = Buffer.from('users: [{ user: "al\xffce", roles: [admin] }]', 'latin1');
    expect(problems(bad)).toEqual(refused('the file is not text in UTF-8'));
    const long = Buffer.from(`users: []\n${'# a\n'.repeat(1024 * 1024)}`);
    expect(problems(long)).toEqual(refused('more than 4 MiB is not read'));
    expect(problems(Buffer.from('users: []'))).toMatchObject({ ok: true });
  });

  it('that is wrong in several ways says all of it at once', () => {
    expect(
      problemsOf(`users:
  - { user: alice, roles: [webb, 5, ''], ca: partner }
  - { user: bob, rolls: [web] }
  - carol
  - { user: 'unix:/run/x.sock', roles: [web], from: ["::1"] }
roles:
  viewer: {}
  web: { inherits: [wob, 7], mood: warn, allow: [container.strat] }
  loop: { inherits: [back, 7] }
  back: { inherits: [loop] }
  other: 5
`),
    ).toEqual([
      expect.stringMatching(/^2:28 no role is called "webb".*did you mean "web"/),
      expect.stringMatching(/^2:34 users.0.roles.1: text is expected/),
      expect.stringMatching(/^2:37 users.0.roles.2: /),
      expect.stringMatching(/^2:42 no CA is called "partner"/),
      expect.stringMatching(/^3:/),
      expect.stringMatching(/^3:/),
      expect.stringMatching(/^4:/),
      expect.stringMatching(/^5:47 a local caller has no from/),
      expect.stringMatching(/^7:3 the role "viewer" is there already/),
      expect.stringMatching(/^8:21 no role is called "wob"/),
      expect.stringMatching(/^8:26 roles.web.inherits.1: text is expected/),
      expect.stringMatching(/^8:30 no such setting: "mood"/),
      expect.stringMatching(/^8:50 no action .* "container.strat"; did you mean "container.stats"/),
      expect.stringMatching(/^9:22 "loop" inherits from itself/),
      expect.stringMatching(/^9:28 roles.loop.inherits.1/),
      expect.stringMatching(/^10:22 "back" inherits from itself/),
      expect.stringMatching(/^11:3 roles.other: a map/),
    ]);
  });

  it('names the line of the rule that decided', () => {
    const policy = policyOf(`users:
  - { user: alice, roles: [web] }
roles:
  web:
    allow:
      - container.list
      - actions: [container.start]
        containers: { names: [web-*] }
    deny:
      - image.push
`);
    expect(decide(policy, 'GET /containers/json')).toMatchObject({ rule: 'policy.yaml:6' });
    expect(decide(policy, 'POST /images/x/push')).toMatchObject({ rule: 'policy.yaml:10' });
    expect(decide(policy, 'POST /containers/db/start')).toMatchObject({ rule: 'policy.yaml:7' });
  });

  it.each([
    [
      'nothing at all',
      '',
      ['1:1 the policy: a map ("name: value") is expected, and nothing stands there'],
    ],
    ['a list', '- a\n', ['1:1 the policy: a map ("name: value") is expected, not a list']],
    ['broken YAML', 'users: [\n', [/^2:1 not valid YAML: /]],
    [
      'a key that comes twice',
      'users: []\nusers: []\n',
      ['2:1 not valid YAML: this name stands here for the second time'],
    ],
    ['two documents', 'users: []\n---\nusers: []\n', [/^2:1 not valid YAML: a second document/]],
    ['a merge key', 'users: []\n<<: {}\n', [/^2:1 merge keys \("<<"\) are not followed/]],
    [
      'a setting longer than a slip of the finger',
      `users: []\n${'a'.repeat(101)}: 1\n`,
      [/^2:1 no such setting: "a{101}"; there are cas, users, roles$/],
    ],
    [
      'a setting where there is none',
      'users:\n  - { user: { name: a }, roles: [admin] }\nroles: { a: { limits: { builds: 1.5, streams: x } } }\n',
      [
        '2:7 users.0.user: text is expected, not a map',
        '3:25 roles.a.limits.builds: a whole number is expected',
        '3:38 roles.a.limits.streams: a number is expected, not text',
      ],
    ],
    ['a switch for a list', 'users: true\n', [/^1:1 users: a list .* is expected, not true or/]],
    [
      'a setting that is nothing',
      'users: []\nroles: { a: { limits: , constraints: { privileged: 1, resources: [] } } }\n',
      [
        '2:15 roles.a.limits: a map ("name: value") is expected, and nothing stands there',
        '2:40 roles.a.constraints.privileged: true or false is expected, not a number',
        '2:55 roles.a.constraints.resources: a map ("name: value") is expected, not a list',
      ],
    ],
    ['text for a list', 'users: a\n', ['1:1 users: a list ("- …" or "[…]") is expected, not text']],
    ['a tag', 'users: !!seq []\nroles: !odd {}\n', [/^1:14 tags .* are not read/, /^2:13 tags/]],
    ['a tag that fits nothing', 'users: !!set []\n', [/^1:14 tags/]],
    ['an alias of nothing', 'users: *a\n', [/^1:\d+ not valid YAML: /]],
    ['no users', 'roles: {}\n', [/^1:1 users: a list .* is expected, and there is none/]],
    [
      'an unknown setting',
      'users: []\nrole: {}\n',
      ['2:1 no such setting: "role"; did you mean "roles"?'],
    ],
    [
      'an unknown setting within',
      'users:\n  - user: a\n    roles: [admin]\n    form: [10.0.0.0/8]\n',
      [
        '4:5 no such setting: "form"; there are user, fingerprint, certificate-role, ca, from, until, roles, limits',
      ],
    ],
    [
      'misspelt settings at every depth',
      'users: []\nroles:\n  a:\n    alow: []\n    allow:\n      - actions: [container.start]\n        container: { names: [x] }\n    constraints:\n      priviliged: true\n      host_paths: []\n      resources: { memmory: 1g }\n      nothing-like-it: 1\n    limits: { calls_per_second: 1 }\n',
      [
        '4:5 no such setting: "alow"; did you mean "allow"?',
        '7:9 no such setting: "container"; did you mean "containers"?',
        '9:7 no such setting: "priviliged"; did you mean "privileged"?',
        '10:7 no such setting: "host_paths"; did you mean "host-paths"?',
        '11:20 no such setting: "memmory"; did you mean "memory"?',
        '12:7 no such setting: "nothing-like-it"',
        '13:15 no such setting: "calls_per_second"; did you mean "calls-per-second"?',
      ],
    ],
    [
      'an unknown role',
      'users:\n  - user: a\n    roles:\n      - admin\n      - amdin\n',
      ['5:9 no role is called "amdin"; did you mean "admin"?'],
    ],
    [
      'a role that nothing is near to',
      'users:\n  - { user: a, roles: [captain] }\n',
      [/^2:24 no role is called "captain"; besides those under "roles" there are admin, viewer/],
    ],
    [
      'a local caller with a certificate',
      `users:\n  - user: unix:/run/a.sock\n    fingerprint: "${'ab'.repeat(32)}"\n    roles: [admin]\n`,
      [/^3:5 a local caller has no fingerprint/],
    ],
    [
      'a local caller from a network',
      'users:\n  - user: unix:/run/a.sock\n    from: [127.0.0.1]\n    roles: [admin]\n',
      [/^3:5 a local caller has no from/],
    ],
    [
      'a local caller that is no path',
      'users:\n  - { user: "unix:run/a.sock", roles: [admin] }\n',
      [/^2:7 "unix:run\/a\.sock" is no socket: write unix:\/PATH/],
    ],
    [
      'an entry for nobody',
      'users:\n  - roles: [admin]\n',
      [/^2:5 users\.0: user, fingerprint or/],
    ],
    [
      'a fingerprint that is none',
      'users:\n  - { fingerprint: abc, roles: [admin] }\n',
      [/^2:7 users\.0\.fingerprint: a SHA-256 fingerprint has 64 hex digits/],
    ],
    [
      'a network that is none',
      'users:\n  - { user: a, from: [10.0.0.0/40], roles: [admin] }\n',
      [/^2:23 users\.0\.from\.0: expected an IP address or network/],
    ],
    [
      'a date that is none',
      'users:\n  - { user: a, until: 2026-02-30, roles: [admin] }\n',
      [/until: expected a date as 2026-12-31/],
    ],
    [
      'a time without a zone',
      'users:\n  - { user: a, until: "2026-02-01T10:00:00", roles: [admin] }\n',
      [/until: expected a date/],
    ],
    [
      'a month that is none',
      'users:\n  - { user: a, until: 2026-13-01, roles: [admin] }\n',
      [/until/],
    ],
    [
      'a role by the name of a preset',
      'users: []\nroles:\n  viewer: {}\n',
      ['3:3 the role "viewer" is there already; inherit from it instead'],
    ],
    ['a role without a name', 'users: []\nroles:\n  "": {}\n', [/^3:3 roles\.: letters, digits/]],
    [
      'an heir of nobody',
      'users: []\nroles:\n  a:\n    inherits: [b]\n',
      [/^4:16 no role is called "b"/],
    ],
    [
      'an heir of itself',
      'users: []\nroles:\n  a: { inherits: [b] }\n  b: { inherits: [c, a] }\n  c: { inherits: [d] }\n  d: { inherits: [c] }\n',
      [/^3:19 "a" inherits from itself/, /^4:22 "b" /, /^5:19 "c" /, /^6:19 "d" /],
    ],
    [
      'an unknown action',
      'users: []\nroles:\n  a:\n    allow:\n      - container.sart\n',
      [
        '5:9 no action and no effect class is called "container.sart"; did you mean "container.start"?',
      ],
    ],
    [
      'an unknown action that nothing is near to',
      'users: []\nroles:\n  a:\n    deny:\n      - actions: [image.push, xxxxxxxxxxxx]\n',
      ['5:31 no action and no effect class is called "xxxxxxxxxxxx"'],
    ],
    [
      'what is not understood, granted by name',
      'users: []\nroles:\n  a: { allow: [unknown] }\n',
      ['3:16 what is not understood cannot be granted by name'],
    ],
    [
      'selectors that say nothing',
      'users: []\nroles:\n  a:\n    allow:\n      - actions: [image.pull]\n        containers: { names: [a] }\n',
      ['5:9 selecting by containers says nothing about image.pull'],
    ],
    [
      'an empty selector',
      'users: []\nroles:\n  a:\n    allow:\n      - actions: [container.start]\n        containers: {}\n',
      [/^6:9 .*containers: names, labels or images are expected/],
    ],
    [
      'no label',
      'users: []\nroles:\n  a:\n    allow:\n      - actions: [container.start]\n        containers: { labels: {} }\n',
      [/^6:23 .*at least one label is expected/],
    ],
    [
      'constraints of an unconstrained role',
      'users: []\nroles:\n  a:\n    unconstrained: true\n    constraints: {}\n',
      [/^4:5 roles\.a\.unconstrained: a role has constraints or is unconstrained, not both/],
    ],
    [
      'unconstrained: false',
      'users: []\nroles:\n  a: { unconstrained: false }\n',
      [/true is expected, or no such line/],
    ],
    [
      'an unknown capability',
      'users: []\nroles:\n  a: { constraints: { capabilities: [SYS_ADMIN, ROOT] } }\n',
      [/^3:49 .*capabilities\.1: no such capability/],
    ],
    [
      'a path that is not plain',
      'users: []\nroles:\n  a: { constraints: { host-paths: [/srv/../etc] } }\n',
      [/^3:36 .*a path without "\/\/", "\." and "\.\."/],
    ],
    [
      'a relative path',
      'users: []\nroles:\n  a: { constraints: { host-paths: [{ path: srv }] } }\n',
      [/a path that starts with "\/" is expected/],
    ],
    [
      'a size that is none',
      'users: []\nroles:\n  a: { constraints: { resources: { memory: much } } }\n',
      [/a size is a number/],
    ],
    [
      'a port that is none',
      'users: []\nroles:\n  a: { constraints: { ports: ["99999"] } }\n',
      [/expected PORT, FIRST-LAST/],
    ],
    [
      'a version without quotes',
      'users: []\nroles:\n  a: { constraints: { min-api-version: 1.44 } }\n',
      [/min-api-version: text is expected, not a number: put it in quotes/],
    ],
    [
      'a CA that has no name',
      `cas: { partner: "${'ab'.repeat(32)}" }\nusers:\n  - { user: a, ca: other, roles: [viewer] }\n  - { user: a, ca: toString, roles: [viewer] }\n`,
      [/^3:16 no CA is called "other"; name it under "cas"/, /^4:16 no CA is called "toString"/],
    ],
    [
      'a CA without its key',
      'cas:\n  partner: abc\nusers: []\n',
      [/^2:3 cas\.partner: the SHA-256 of a public key has 64 hex digits/],
    ],
    ['a mode that is none', 'users: []\nroles:\n  a: { mode: log }\n', [/^3:8 roles\.a\.mode/]],
  ])('with %s is refused, by line', (_, text, expected) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(expected.length);
    for (const [index, pattern] of expected.entries()) {
      if (typeof pattern === 'string') expect(problems[index]).toBe(pattern);
      else expect(problems[index]).toMatch(pattern);
    }
  });

  it('that is a bomb of aliases is refused', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x, x]',
      'b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]',
      'c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]',
      'users: *c',
    ].join('\n');
    expect(problemsOf(bomb)[0]).toMatch(/^1:1 not valid YAML: /);
  });

  it('shows the place of what an anchor stands for', () => {
    const text = 'users: []\nroles:\n  a: &a\n    allow:\n      - nonsense.x\n  b: *a\n';
    expect(problemsOf(text)).toEqual([
      '5:9 no action and no effect class is called "nonsense.x"',
      '5:9 no action and no effect class is called "nonsense.x"',
    ]);
  });

  it('can give a role the name of something that every object has', () => {
    const policy = policyOf(
      'users: [{ user: alice, roles: [constructor] }]\nroles: { constructor: { allow: [read] } }\n',
    );
    expect(decide(policy, 'GET /info')).toMatchObject({ allow: true, role: 'constructor' });
    expect(problemsOf('users: [{ user: a, roles: [toString] }]\n')).toHaveLength(1);
  });

  it('has presets, each with a description', () => {
    for (const preset of Object.values(PRESETS)) expect(preset.description).toMatch(/\.$/);
  });
});
