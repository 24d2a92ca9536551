import { describe, expect, it } from 'vitest';
import { learn } from '../../../../src/policy/tools/learn.ts';
import type { SeenCall } from '../../../../src/policy/tools/seen.ts';
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

  it('names both where the trail shows both', () => {
    const text = learn(
      [call('a', 'container.rename', 'web', 'web-2'), call('a', 'image.tag', 'app:1', 'app:2')],
      'x',
    );
    expect(text).toContain('containers: { names: ["web", "web-2"] }');
    expect(text).toContain('images: ["app:1", "app:2"]');
  });

  it('allows the start of an exec that was created, even if none was seen', () => {
    const text = learn([call('a', 'exec.create', 'web')], 'x');
    expect(text).toContain(
      '- actions: [exec.start] # 1 call\n        containers: { names: ["web"] }',
    );
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

  const asking = (
    action: Action,
    detail: object,
    more: Partial<SeenCall> & { readonly query?: object; readonly readsOnly?: boolean } = {},
  ): SeenCall => {
    const { query = {}, readsOnly = true, ...rest } = more;
    return {
      ...call('alice', action),
      ...rest,
      asked: { detail: { ...detail }, query: { ...query }, readsOnly },
    };
  };

  it('is held to what calls asked for, each action by itself', () => {
    const seen = [
      asking('container.create', {
        ...{ image: 'app:1', privileged: true, auto_remove: true, restart: 'always' },
        ...{ cap_add: ['cap_net_admin', 'CHOWN'], binds: ['/srv/a/:/x:ro,z', 'data:/y', '/anon'] },
        ...{
          mounts: [
            { type: 'bind', source: '/srv/a' },
            { type: 'volume', source: 'more' },
          ],
        },
        ...{ network_mode: 'host', pid_mode: 'container:db', ipc_mode: 'shareable' },
        ...{ published: ['127.0.0.1:8080->80/tcp', '->81/tcp', '[::1]:9-10->9/tcp'] },
        ...{ devices: ['/dev/fuse:/dev/fuse:rwm'], device_requests: ['any'] },
        ...{ security_opt: ['seccomp:unconfined'], volumes_from: ['/data:ro'], links: ['sql:db'] },
        ...{ runtime: 'runsc', log_driver: 'syslog', log_options: ['syslog-address'] },
        ...{ networks: ['back', 'none'], aliases: ['www'], dns: ['192.0.2.1'] },
        ...{ extra_hosts: ['x:host-gateway'], sysctls: ['net.x'], ulimits: ['rtprio'] },
        ...{ group_add: ['27'], annotations: ['note'], cgroup_parent: '/x', publish_all: true },
        ...{ storage_options: ['size'], userns_mode: 'host', uts_mode: 'host' },
        ...{ cgroupns_mode: 'host' },
      }),
      asking('exec.create', { privileged: true }),
    ];
    const text = learn(seen, 'x');
    expect(problemsOf(text)).toEqual([]);
    const policy = policyOf(text);
    expect(
      policy.roles.get('seen-alice-container.create')?.grants[0]?.constraints?.settings,
    ).toEqual({
      privileged: true,
      images: ['app:1'],
      capabilities: ['CHOWN', 'NET_ADMIN'],
      'host-paths': [{ path: '/srv/a', 'read-only': false }],
      volumes: ['data', 'more'],
      namespaces: [...['cgroup=host', 'ipc=shareable', 'network=host', 'user=host', 'uts=host']],
      joins: { names: ['data', 'db', 'sql'] },
      ports: ['127.0.0.1:8080', '32768-60999', '[::1]:9-10'],
      devices: ['/dev/fuse'],
      'device-drivers': ['*'],
      'security-options': ['seccomp=unconfined'],
      runtimes: ['runsc'],
      'log-drivers': ['syslog'],
      'log-options': ['syslog-address=*'],
      networks: ['back'],
      sysctls: ['net.x'],
      ulimits: ['rtprio'],
      groups: ['27'],
      annotations: ['note'],
      'cgroup-parents': ['/x'],
      features: [
        ...['aliases', 'auto-remove', 'dns', 'extra-hosts', 'host-gateway', 'publish-all'],
        ...['relabel', 'restart', 'storage-options'],
      ],
    });
    expect(policy.roles.get('seen-alice-exec.create')?.grants[0]?.constraints?.settings).toEqual({
      privileged: true,
    });
  });

  it('is held to what other calls asked for', () => {
    const settingsOf = (seen: SeenCall): unknown => {
      const policy = policyOf(learn([seen], 'x'));
      return policy.roles.get(`seen-alice-${seen.action}`)?.grants[0]?.constraints?.settings;
    };
    const options = ['type', 'o', 'device', 'size'];
    const volume = { name: 'v', driver: 'nfs', driver_opts: options, device: '/srv' };
    expect(settingsOf(asking('volume.create', volume))).toEqual({
      volumes: ['v'],
      'volume-drivers': ['nfs'],
      'volume-options': ['device=/srv', 'o=*', 'type=*'],
      'host-paths': [{ path: '/srv', 'read-only': false }],
    });
    const network = { name: 'n', driver: 'macvlan' };
    expect(settingsOf(asking('network.create', network))).toEqual({
      networks: ['n'],
      'network-drivers': ['macvlan'],
    });
    const build = { network_mode: 'host', remote: 'https://git.example/x', outputs: ['local'] };
    expect(settingsOf(asking('image.build', build))).toEqual({
      namespaces: ['network=host'],
      'build-contexts': ['https://git.example/x'],
      features: ['build-outputs'],
    });
    expect(settingsOf(asking('container.top', {}, { query: { ps_args: '-ax' } }))).toEqual({
      'ps-args': ['-ax'],
    });
    const service = { image: 'a:1', secrets: ['s'], configs: ['c'], binds: [], mounts: 7 };
    expect(
      settingsOf(asking('service.update', service, { query: { rollback: 'previous' } })),
    ).toEqual({ images: ['a:1'], secrets: ['c', 's'], features: ['rollback'] });
    const connect = call('alice', 'network.connect', 'web');
    expect(
      settingsOf({ ...connect, asked: { detail: {}, query: {}, readsOnly: true, network: 'web' } }),
    ).toEqual({ networks: ['web'] });
  });

  it('has no constraints where calls asked for nothing beyond the plain', () => {
    const text = learn(
      [
        asking('service.update', { image: ID }),
        asking('exec.create', { cmd: ['id'] }),
        asking('container.create', { image: ID, ipc_mode: 'private', uts_mode: 'odd' }),
        asking('image.build', { outputs: ['moby'], network_mode: 'default' }),
        asking('volume.create', { driver: 'local', device: 'nfs:/x' }),
        asking('network.create', { driver: 'bridge' }),
      ],
      'x',
    );
    expect(text).not.toContain('constraints:');
    expect(text).not.toContain('Look here');
    expect(policyOf(text).entries[0]?.roles).toHaveLength(1);
  });

  it('says what of a call cannot be known', () => {
    const text = learn(
      [
        asking('container.create', {
          ...{ image: ID, network_mode: ID, pid_mode: `container:${ID}` },
          ...{ binds: ['/srv\\u0007:/x', '/a:/b', 'x:/y:shared'] },
          ...{ published: ['odd', '80->80/tcp'], security_opt: ['seccomp={…(+999)'] },
          ...{ volumes_from: [''], links: [`${ID}:x`], mounts: [7, { type: 'tmpfs' }] },
        }),
      ],
      'x',
    );
    expect(problemsOf(text)).toEqual([]);
    for (const list of ['host-paths', 'security-options']) {
      expect(text).toContain(
        `# Look here: ${list}: the trail does not show all that was asked for.`,
      );
    }
    expect(text).toContain('# Look here: networks: an id was used; a name is needed here.');
    expect(text).toContain('# Look here: joins: an id was used; select that container here.');
    expect(text).not.toContain('images:');
    expect(text).toContain('ports: ["80"]');
  });

  it('says so where nothing but a doubt is left', () => {
    const text = learn([asking('container.create', { image: ID, network_mode: ID })], 'x');
    expect(text).toContain('# Look here: networks');
    expect(text).not.toContain('constraints:');
    expect(problemsOf(text)).toEqual([]);
  });

  it('reads mounts and device requests', () => {
    const detail = {
      mounts: [
        { type: 'bind', source: '/a', read_only: true },
        { type: 'bind' },
        { type: 'volume' },
      ],
      device_requests: ['nvidia'],
      binds: ['/b:/b'],
    };
    const text = learn([asking('container.create', detail)], 'x');
    expect(text).toContain('host-paths: ["/b",{"path":"/a","read-only":true}]');
    expect(text).toContain('device-drivers: ["nvidia"]');
    expect(text).not.toContain('Look here');
  });

  it('takes a path for read-only where all calls of now did', () => {
    const bind = (mode: string, readsOnly: boolean): SeenCall =>
      asking('container.create', { image: 'a', binds: [`/srv:/x${mode}`] }, { readsOnly });
    const readOnly = '"host-paths": [{"path":"/srv","read-only":true}]'.replaceAll(
      '"host-paths"',
      'host-paths',
    );
    expect(learn([bind(':ro', true), bind(':ro', true)], 'x')).toContain(readOnly);
    expect(learn([bind(':ro', true), bind('', true)], 'x')).toContain('host-paths: ["/srv"]');
    expect(learn([bind(':ro', false)], 'x')).toContain('host-paths: ["/srv"]');
  });

  it('goes by image where the daemon made the name up', () => {
    const seen: SeenCall[] = [
      { ...asking('container.create', { image: 'app:1' }), isUnnamed: true, container: ID },
      { ...call('alice', 'container.start', 'odd_name'), image: 'app:1', container: ID },
      { ...call('alice', 'container.start', 'web'), image: 'app:2' },
      { ...call('alice', 'container.stop', 'odd_name'), image: ID, container: ID },
      { ...call('alice', 'container.remove', 'web'), image: 'app:2', container: '5e'.repeat(32) },
    ];
    const text = learn(seen, 'x');
    expect(text).toContain(
      '- actions: [container.start] # 1 call\n        containers: { names: ["web"] }\n      - actions: [container.start] # 1 call\n        containers: { images: ["app:1"] }',
    );
    expect(text).toContain('- container.stop # 1 call\n');
    expect(text).toContain(
      '- actions: [container.remove] # 1 call\n        containers: { names: ["web"] }',
    );
    expect(text).toContain(
      '- container.create # 1 call\n    constraints:\n      images: ["app:1"]',
    );
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
