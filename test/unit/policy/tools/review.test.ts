import { describe, expect, it } from 'vitest';
import { review } from '../../../../src/policy/tools/review.ts';
import { policyOf } from '../../../support/policy.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');

/** `kind role rule: message` of everything that is found. */
function findings(text: string): readonly string[] {
  return review(policyOf(text), NOW).map(
    ({ kind, role = '-', rule = '-', message }) => `${kind} ${role} ${rule}: ${message}`,
  );
}

const role = (lines: string): readonly string[] =>
  findings(
    `users:\n  - { user: a, roles: [r] }\nroles:\n  r:\n${lines.trim().replaceAll(/^/gm, '    ')}\n`,
  );

describe('a review', () => {
  it('has nothing to say of a plain policy', () => {
    expect(
      findings('users: [{ user: a, roles: [viewer, operator, monitor, log-reader, deployer] }]'),
    ).toEqual([]);
  });

  it('finds rules that never decide', () => {
    expect(
      role(`
allow:
  - container.list
  - "container.*"
  - actions: [container.start]
    containers: { names: [web] }
  - actions: [image.pull]
    images: [app]
  - image.push
deny:
  - image.push
  - actions: [image.pull]
    images: [evil]
`).filter((line) => line.startsWith('unreachable')),
    ).toEqual([
      'unreachable r policy.yaml:12: the role denies all of it',
      'unreachable r policy.yaml:8: other rules of the role allow all of it already',
    ]);
  });

  it('finds rules that an unconstrained one of an ancestor covers, and leaves presets alone', () => {
    expect(
      findings(`
users: [{ user: a, roles: [r] }]
roles:
  r: { inherits: [base, viewer, operator], allow: [container.list] }
  base: { allow: [container.list], unconstrained: true }
`),
    ).toEqual(['unreachable r policy.yaml:4: other rules of the role allow all of it already']);
  });

  it('finds roles that nobody has, and entries that have ended', () => {
    expect(
      findings(`
users:
  - { user: a, until: 2026-05-31, roles: [viewer] }
  - { user: b, until: 2026-06-01, roles: [heir] }
roles:
  heir: { inherits: [parent] }
  parent: { inherits: [grand] }
  grand: {}
  lonely: {}
`),
    ).toEqual([
      'unused lonely -: nobody has this role',
      'ended - -: the entry for a ended at 2026-06-01T00:00:00.000Z',
    ]);
  });

  it('finds roles that only warn', () => {
    expect(role('mode: warn')).toEqual([
      'warn-only r -: it only warns: whoever has it may do everything that is understood',
    ]);
  });

  it('says that admin is root', () => {
    const message = 'it may do everything, as without a gate';
    expect(findings('users: [{ user: a, roles: [admin] }]')).toEqual([`root admin -: ${message}`]);
    expect(role('inherits: [admin]\ndeny: [swarm.leave]')).toEqual([
      expect.stringMatching(/^root r preset admin: .* without constraints$/),
    ]);
  });

  it('says which grants are root for want of constraints', () => {
    expect(role('unconstrained: true\nallow: [container.create, image.pull]')).toEqual([
      'root r policy.yaml:6: container.create without constraints',
    ]);
    expect(role('unconstrained: true\nallow: ["*"]\ndeny: [host-admin, exec]')).toEqual([
      'root r policy.yaml:6: container.create, container.update, volume.create, volume.update and 7 more without constraints',
    ]);
  });

  it('says what no constraint can hold', () => {
    expect(role('allow: ["container.*"]').filter((line) => line.startsWith('unr'))).toEqual([]);
    expect(role('allow: [swarm.init]')).toEqual([
      'unreachable r policy.yaml:5: swarm.init: never allowed, since no constraint can hold it and the role is not unconstrained',
    ]);
  });

  it('says what is coarse', () => {
    expect(findings('users: [{ user: a, roles: [ci-builder] }]')).toEqual([
      'coarse ci-builder preset ci-builder: image.build: what the instructions do is not seen',
      'coarse ci-builder preset ci-builder: buildkit.session, buildkit.grpc: what BuildKit is told is not seen',
    ]);
    expect(role('allow: [service.create]')).toEqual([
      'coarse r policy.yaml:5: service.create: on which node it runs is not known',
    ]);
  });

  it('says what acts in every container, and not what acts in some', () => {
    expect(role('allow: [exec.create]')).toEqual([
      'root r policy.yaml:5: exec.create in every container: as much as the most powerful one has',
    ]);
    expect(role('allow: [{ actions: [exec.create], containers: { names: [web] } }]')).toEqual([]);
  });

  it.each([
    ['privileged: true', 'privileged containers'],
    ['capabilities: [NET_ADMIN, cap_sys_admin, KILL]', 'the capabilities NET_ADMIN, cap_sys_admin'],
    ['host-paths: [/, /srv, /etc/x, /variety]', 'the paths of the host /, /etc/x'],
    ['devices: [/dev/null, /dev/sda]', 'the devices /dev/sda'],
    ['device-cgroup-rules: ["a *:* rwm"]', 'the device rules a *:* rwm'],
    ['namespaces: [pid=host, ipc=shareable]', 'the namespaces pid=host'],
    [
      'security-options: [seccomp=unconfined, "label=type:x"]',
      'the security options seccomp=unconfined',
    ],
    ['volume-options: ["device=*", "size=*"]', 'the volume options device=*'],
    ['volume-drivers: [local, sshfs]', 'the volume drivers sshfs'],
    ['runtimes: [runc, odd]', 'the runtimes odd'],
    ['cgroup-parents: [/x]', 'the parents of cgroups /x'],
    ['annotations: [a]', 'the annotations a'],
    ['features: [dns, propagation]', 'the features propagation'],
    ['network-drivers: [macvlan, bridge]', 'the network drivers macvlan'],
    ['network-options: ["parent=*"]', 'the network options parent=*'],
    ['log-drivers: [syslog, local]', 'the log drivers syslog'],
    ['joins: { names: ["*"] }', 'what any other container has'],
  ])('says that %s amounts to root, or near', (constraint, words) => {
    expect(role(`allow: [container.create]\nconstraints: { ${constraint} }`)).toEqual([
      `root r policy.yaml:5: container.create with ${words}`,
    ]);
    expect(role(`allow: [container.list]\nconstraints: { ${constraint} }`)).toEqual([]);
  });

  it('says nothing of harmless constraints, and everything once', () => {
    expect(
      role(`
allow: [container.create, container.create]
constraints: { joins: { labels: { a: b } }, users: ["1000"], host-paths: [/srv], privileged: true }
`).filter((line) => line.startsWith('root')),
    ).toEqual(['root r policy.yaml:5: container.create with privileged containers']);
  });
});
