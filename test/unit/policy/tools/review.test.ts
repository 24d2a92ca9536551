import { describe, expect, it } from 'vitest';
import { review } from '../../../../src/policy/tools/review.ts';
import { policyOf } from '../../../support/policy.ts';

/** How the powers to name images end. */
const EVERY_NAME =
  'under every name: whoever runs that name next runs another image; "constraints: images" holds them';

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
  grand: { allow: [meta] }
  lonely: {}
`),
    ).toEqual([
      'unused lonely -: nobody has this role',
      'ended - -: the entry for a ended at 2026-06-01T00:00:00.000Z',
    ]);
  });

  it('finds roles that only warn', () => {
    expect(role('mode: warn')).toEqual([
      'warn-only r -: it only warns: whoever has it may do everything that is understood, as root on the host',
    ]);
  });

  it('says that admin is root', () => {
    const message = 'it may do everything, as without a gate';
    expect(findings('users: [{ user: a, roles: [admin] }]')).toEqual([`root admin -: ${message}`]);
    expect(role('inherits: [admin]\ndeny: [swarm.leave]')).toEqual([
      expect.stringMatching(/^root r preset admin: .* without constraints$/),
      expect.stringMatching(/^coarse r -: .* under every name/),
    ]);
  });

  it('says which grants are root for want of constraints', () => {
    expect(role('unconstrained: true\nallow: [container.create, image.pull]')).toEqual([
      'root r policy.yaml:6: container.create without constraints',
    ]);
    expect(role('unconstrained: true\nallow: ["*"]\ndeny: [host-admin, exec]')).toEqual([
      'root r policy.yaml:6: container.create, container.update, volume.create, volume.update and 7 more without constraints',
      `coarse r -: image.commit, image.load, image.import, image.tag and 1 more ${EVERY_NAME}`,
    ]);
    // Inside of some containers nothing is root by itself, but a privileged exec.
    const some = 'containers: { names: [web] }';
    expect(
      role(`unconstrained: true\nallow: [{ actions: [container.attach, exec.start], ${some} }]`),
    ).toEqual([]);
    expect(role(`unconstrained: true\nallow: [{ actions: [exec.create], ${some} }]`)).toEqual([
      'root r policy.yaml:6: exec.create without constraints',
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
      `coarse ci-builder -: image.build, image.tag ${EVERY_NAME}`,
    ]);
    expect(
      role('allow: [image.tag, image.load]\nconstraints: { images: [reg.example/**] }'),
    ).toEqual([]);
    expect(role('allow: [service.create]')).toEqual([
      'coarse r policy.yaml:5: service.create: on which node it runs is not known',
    ]);
  });

  it('says what acts in every container, and not what acts in some', () => {
    expect(role('allow: [exec.create]')).toEqual([
      'root r policy.yaml:5: exec.create in every container: as much as the most powerful one has',
    ]);
    expect(role('allow: [{ actions: [exec.create], containers: { names: [web] } }]')).toEqual([
      'coarse r policy.yaml:5: exec.create in the containers that it selects: as much as the most powerful of them has',
    ]);
    expect(role('allow: [container.archive_get]')).toEqual([
      'coarse r policy.yaml:5: container.archive_get in every container: its files, and those of the host that are mounted there',
    ]);
    expect(role('allow: [container.attach]\nconstraints: { stdin: false }')).toEqual([]);
  });

  it.each(['names: ["*"]', 'names: ["?*"]', 'names: [web, "**"]', 'images: ["**"]'])(
    'takes the selector { %s } for every container',
    (selector) => {
      const [finding] = role(
        `allow: [{ actions: [container.archive_put], containers: { ${selector} } }]`,
      );
      expect(finding).toMatch(/^root .*container\.archive_put in every container/);
    },
  );

  it('says that who may rename every container reaches what is allowed by name', () => {
    const message =
      'container.rename of every container, and exec.create by name: any container can be given such a name';
    const byName = '{ actions: [exec.create], containers: { names: [web-*] } }';
    expect(role(`allow: [container.rename, ${byName}]`)).toContain(`root r -: ${message}`);
    const heldBack = `allow: [container.rename, ${byName}]\ndeny: [container.rename]`;
    expect(role(heldBack).filter((line) => line.startsWith('root'))).toEqual([]);
    const label = '{ actions: [container.rename], containers: { labels: { a: b } } }';
    expect(role(`allow: [${label}, ${byName}]`).filter((line) => line.startsWith('root'))).toEqual(
      [],
    );
    // Of two entries for one person, too.
    const found = review(
      policyOf(`
users:
  - { user: a, roles: [names] }
  - { user: "*", roles: [runs] }
roles:
  names: { allow: [container.rename] }
  runs: { allow: [${byName}] }
`),
      NOW,
    );
    expect(found.filter(({ kind }) => kind === 'root')).toEqual([
      { kind: 'root', users: ['a'], message: `roles "names" and "runs" together: ${message}` },
    ]);
  });

  it('says of several roles only what none of them is alone', () => {
    const found = review(
      policyOf(`
users:
  - { user: a, roles: [both, ci-builder] }
  - { user: b, roles: [viewer, ci-builder] }
roles:
  both:
    allow: [container.rename, { actions: [exec.create], containers: { names: [web] } }]
`),
      NOW,
    );
    expect(found.filter(({ message }) => message.includes('together'))).toEqual([]);
  });

  it('says whose a power is', () => {
    const [finding] = review(
      policyOf('users: [{ user: a, roles: [admin] }, { certificate-role: ops, roles: [admin] }]'),
      NOW,
    );
    expect(finding?.users).toEqual(['a', 'certificate-role ops']);
  });

  it('finds words of a rule that say nothing', () => {
    expect(
      role(`
allow:
  - actions: [container.start, image.pull]
    containers: { names: [/web, web-*] }
deny:
  - actions: [container.stop, volume.remove]
    containers: { names: [db] }
  - actions: [network.connect, system.df, network.list]
    networks: [db]
`),
    ).toEqual([
      'unreachable r policy.yaml:6: selecting by containers says nothing about image.pull: the rule never allows it',
      'unreachable r policy.yaml:6: nothing is called "/web": a name has letters, digits, "_", "." and "-", and no "/" before it',
      'unreachable r policy.yaml:9: selecting by containers says nothing about volume.remove: the rule never denies it',
    ]);
  });

  it('finds rules with selectors that another one covers', () => {
    const rule = (names: string): string =>
      `{ actions: [container.stop], containers: { names: [${names}] } }`;
    const found = (...names: readonly string[]): readonly string[] =>
      role(`allow:\n${names.map((one) => `  - ${rule(one)}`).join('\n')}`);
    const covered = 'other rules of the role allow all of it already';
    expect(found('web', 'db')).toEqual([]);
    expect(found('web', 'web')).toEqual([`unreachable r policy.yaml:7: ${covered}`]);
    expect(found('"*"', 'web')).toEqual([`unreachable r policy.yaml:7: ${covered}`]);
  });

  it('finds what allows nobody anything', () => {
    expect(findings('users: []')).toEqual(['unused - -: "users" is empty: nobody may do anything']);
    expect(role('description: nothing yet')).toEqual([
      'unused r -: it allows nothing, and denies nothing',
    ]);
  });

  it.each([
    ['exec.create', 'privileged: true', 'privileged processes'],
    ['image.build', 'namespaces: [network=host]', 'the namespaces network=host'],
    ['volume.create', 'volume-options: ["?evice=*", "s*=1"]', 'the volume options ?evice=*'],
    ['network.create', 'network-drivers: [macvlan, bridge]', 'the network drivers macvlan'],
    ['network.create', 'network-options: ["parent=*"]', 'the network options parent=*'],
    [
      'service.update',
      'host-paths: [{ path: /srv/docker.sock, read-only: true }]',
      'the paths of the host /srv/docker.sock (to read)',
    ],
  ])('says of %s that %s amounts to root, or near', (action, constraint, words) => {
    const selected = `{ actions: [${action}], containers: { names: [web] } }`;
    const rule = action === 'exec.create' ? selected : action;
    const found = role(`allow: [${rule}]\nconstraints: { ${constraint} }`);
    expect(found).toContain(`root r policy.yaml:5: ${action} with ${words}`);
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
