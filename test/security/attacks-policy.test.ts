import { describe, expect, it } from 'vitest';
import { checkContentType } from '../../src/docker-api/body/content-type.ts';
import { readFilters } from '../../src/docker-api/filters.ts';
import { boolValue } from '../../src/docker-api/form.ts';
import { CallError } from '../../src/errors.ts';
import type { TargetFacts } from '../../src/policy/types.ts';
import {
  ALICE,
  bodyOf,
  constrained,
  container,
  decide,
  operationOf,
  policyOf,
  roleOf,
  type Asked,
} from '../support/policy.ts';

/** What comparable filters were talked around with, as far as no socket is needed to try it. */

const POLICY = constrained('{ networks: ["*"] }');
const CREATE = 'POST /v1.44/containers/create?name=web';

/** Refused: by the reader with 400, or by the policy with 403. */
function refuses(call: string, body?: unknown, asked: Asked = {}): void {
  let outcome: string;
  try {
    outcome = decide(POLICY, call, { ...asked, ...(body !== undefined && { body }) }).allow
      ? 'allowed'
      : 'refused';
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    outcome = `refused with ${error.status}`;
  }
  expect(outcome, JSON.stringify(body)).toMatch(/^refused/);
}

function allows(call: string, body?: unknown, asked: Asked = {}): void {
  const decision = decide(POLICY, call, { ...asked, ...(body !== undefined && { body }) });
  expect(decision).toMatchObject({ allow: true });
}

function statusOf(run: () => unknown): number {
  try {
    run();
  } catch (error) {
    if (error instanceof CallError) return error.status;
    throw error;
  }
  return 200;
}

const filters = (value: string) =>
  readFilters(operationOf(`GET /containers/json?filters=${encodeURIComponent(value)}`).query);

describe('a query', () => {
  it('QRY-001: a bad escape is refused', () => {
    expect(statusOf(() => operationOf('POST /containers/x/kill?signal=%zz'))).toBe(400);
  });

  it('QRY-002: an escaped key is decoded before anybody looks at it', () => {
    refuses('POST /build?%6eetworkmode=host');
    refuses('POST /build?networ%6bmode=%68ost');
  });

  it('QRY-003: a boolean is what the daemon makes of it', () => {
    const force = (text: string): boolean =>
      boolValue(operationOf(`DELETE /containers/x?force=${text}`).query, 'force');
    for (const text of ['yes', 'on', '2', 'x']) expect(force(text)).toBe(true);
    for (const text of ['', '0', 'NO', 'FALSE', 'none', '+no+']) expect(force(text)).toBe(false);
  });

  it('QRY-008: filters are read in both shapes, each key once', () => {
    expect(filters('{"label":{"a":false}}')).toEqual(filters('{"label":["a"]}'));
    expect(statusOf(() => filters('{"label":["a"],"label":["b"]}'))).toBe(400);
  });

  it('QRY-008: a filter of the caller cannot widen what a role selects', () => {
    const policy = roleOf('allow: [{ actions: [container.list], containers: { names: [web] } }]');
    for (const own of ['{"name":{"":true}}', '{"name":["db"]}', '{"name":{"web|db":false}}']) {
      const call = `GET /containers/json?filters=${encodeURIComponent(own)}`;
      expect(decide(policy, call).allow).toBe(false);
      expect(policy.narrow(ALICE, operationOf(call)).kind).toBe('refuse');
    }
  });

  it('QRY-010: a parameter that is a path of the host is refused', () => {
    refuses('POST /containers/x/start?checkpoint=a&checkpoint-dir=/etc');
    refuses('POST /containers/x/start?checkpoint-dir=/etc');
    refuses('GET /containers/x/checkpoints?dir=/');
    refuses('DELETE /containers/x/checkpoints/y?dir=/');
    refuses('POST /containers/x/checkpoints', { CheckpointDir: '/etc' });
  });
});

describe('a body', () => {
  it('BODY-001: escapes in keys and values are decoded before anybody looks at them', () => {
    refuses(CREATE, '{"\\u0048ostConfig":{"\\u0042inds":["\\/:\\/h"]}}');
    refuses(CREATE, '{"HostConfig":{"Privi\\u006ceged":true}}');
  });

  it.each([
    ['BODY-002: an object that comes twice', '{"HostConfig":{"Privileged":true},"HostConfig":{}}'],
    ['BODY-002: in two cases', '{"HostConfig":{"Privileged":true},"hostconfig":{}}'],
    [
      'BODY-003: a list that comes twice',
      '{"HostConfig":{"Mounts":[{"Type":"bind","Source":"/"}]},"HostConfig":{"Mounts":[{"Target":"/x"}]}}',
    ],
    ['BODY-004: a null behind a value', '{"HostConfig":{"Privileged":true,"Privileged":null}}'],
    ['BODY-006: a bracket behind the value', '{"Image":"a"} }'],
    ['BODY-006: garbage behind the value', '{"Image":"a"} ]garbage'],
    ['BODY-007: a byte order mark', '\ufeff{"Image":"a"}'],
    ['BODY-007: half a surrogate pair', '{"Image":"\\ud800"}'],
    ['BODY-008: a list', '[]'],
    ['BODY-008: nothing', ''],
    ['BODY-009: a number for a boolean', '{"HostConfig":{"Privileged":1}}'],
    ['BODY-009: text for a list', '{"HostConfig":{"Binds":"/:/h"}}'],
    ['BODY-010: a number that is rounded', '{"HostConfig":{"Memory":9007199254740993}}'],
    ['BODY-010: a number out of range', '{"HostConfig":{"Memory":1e400}}'],
  ])('%s is refused', (_, body) => {
    refuses(CREATE, body);
  });

  it('BODY-005: keys of maps are what they are', () => {
    allows(CREATE, '{"Labels":{"A":"1","a":"2"}}');
  });

  it('BODY-011: a media type is compared without its parameters, a charset changes nothing', () => {
    const check = (type: string): number =>
      statusOf(() => {
        checkContentType('container.create', type, 2);
      });
    expect(check('APPLICATION/JSON; charset=utf-16')).toBe(200);
    for (const type of ['text/json', 'application/json, text/plain', 'application/jsonp']) {
      expect(check(type)).toBe(400);
    }
  });

  it('BODY-015: a commit is inspected', () => {
    const held = constrained('{ users: ["1000"], images: [app] }');
    const call = 'POST /commit?container=x&repo=app';
    expect(decide(held, call, { body: { Cmd: ['x'] } }).allow).toBe(true);
    expect(decide(held, call, { body: { User: 'root' } }).allow).toBe(false);
    expect(decide(held, call, { body: { Odd: 1 } }).allow).toBe(false);
    expect(decide(held, call).allow).toBe(false);
  });

  it('BODY-016: a login is inspected, whatever its type says', () => {
    const held = constrained('{ registries: [reg.example] }');
    const status = statusOf(() => {
      checkContentType('registry.login', 'text/plain', 2);
    });
    expect(status).toBe(200);
    const body = { serveraddress: 'http://169.254.169.254/' };
    expect(decide(held, 'POST /auth', { body }).allow).toBe(false);
    expect(decide(held, 'POST /auth').allow).toBe(false);
  });

  it('BODY-017: fields of older clients are refused', () => {
    const call = 'POST /v1.40/containers/create';
    refuses(call, { MacAddress: '02:00:00:00:00:01' });
    refuses(call, { HostConfig: { Capabilities: ['ALL'] } });
    refuses(call, { Privileged: true });
    refuses(call, { Binds: ['/:/h'] });
  });

  it.each([
    { Binds: ['/:/h'] },
    { Binds: ['//etc/..:/x'] },
    { Mounts: [{ Type: 'bind', Source: '/', Target: '/h' }] },
    { VolumesFrom: ['other'] },
    ...['none', ''].flatMap((type) =>
      ['bind', 'rw,bind', 'rbind'].map((o) => ({
        Mounts: [
          {
            Type: 'volume',
            Target: '/h',
            VolumeOptions: { DriverConfig: { Options: { type, o, device: '/' } } },
          },
        ],
      })),
    ),
    { Devices: [{ PathOnHost: '/dev/sda' }] },
    { VolumeDriver: 'host-root', Binds: ['vol:/h'] },
  ])('BODY-018: a path of the host by any way is refused: %j', (HostConfig) => {
    const facts = [container('other'), { kind: 'volume', ref: 'vol', missing: true } as const];
    refuses(CREATE, { HostConfig }, { facts });
  });

  it.each(['sys_admin', 'CAP_sys_admin', 'Cap_Sys_Admin', 'all', 'ALL', 'cap_all', 'ſys_admin'])(
    'BODY-019: a capability in any spelling is refused: %s',
    (name) => {
      refuses(CREATE, { HostConfig: { CapAdd: [name] } });
      refuses(CREATE, { HostConfig: { CapAdd: ['CHOWN', name] } });
      refuses('POST /services/create', {
        TaskTemplate: { ContainerSpec: { CapabilityAdd: [name] } },
      });
    },
  );

  it('BODY-020: a namespace of another container is judged by what the daemon says of that', () => {
    const held = constrained('{ joins: { names: [web-*] } }');
    const facts = [container('web-1', { name: 'victim' }), container('4f4f', { name: 'web-2' })];
    const join = (mode: object): boolean =>
      decide(held, CREATE, { body: { HostConfig: mode }, facts }).allow;
    expect(join({ PidMode: 'container:web-1' })).toBe(false);
    expect(join({ NetworkMode: 'container:4f4f' })).toBe(true);
    expect(join({ NetworkMode: 'container:unasked' })).toBe(false);
    expect(join({ NetworkMode: 'container:' })).toBe(false);
  });

  it('BODY-021: empty lists of masked paths are refused', () => {
    refuses(CREATE, { HostConfig: { MaskedPaths: [], ReadonlyPaths: [] } });
    refuses(CREATE, { HostConfig: { ReadonlyPaths: [] } });
    allows(CREATE, { HostConfig: { MaskedPaths: null, ReadonlyPaths: null } });
  });

  it('BODY-022: the container that joins a network is the one in the body', () => {
    const policy = roleOf(
      'allow: [{ actions: [network.connect], networks: [web], containers: { names: [mine] } }]\nconstraints: { networks: [web] }',
    );
    const facts: TargetFacts[] = [
      { kind: 'network', ref: 'web', name: 'web' },
      container('mine'),
      container('victim'),
    ];
    const connect = (body: unknown): boolean =>
      decide(policy, 'POST /networks/web/connect', { body, facts }).allow;
    expect(connect({ Container: 'mine' })).toBe(true);
    expect(connect({ Container: 'victim' })).toBe(false);
    expect(connect({ container: 'victim' })).toBe(false);
    expect(connect({})).toBe(false);
  });

  it.each([
    { ContainerSpec: { Mounts: [{ Type: 'bind', Source: '/', Target: '/h' }] } },
    { ContainerSpec: { CapabilityAdd: ['ALL'] } },
    { ContainerSpec: { Privileges: { Seccomp: { Mode: 'unconfined' } } } },
    { Networks: [{ Target: 'hostnet' }] },
    { Runtime: 'plugin', PluginSpec: { name: 'x', remote: 'x' } },
  ])('BODY-023: a service cannot have what a container cannot: %j', (TaskTemplate) => {
    const facts = [{ kind: 'network', ref: 'hostnet', name: 'host' } as const];
    refuses('POST /services/create', { TaskTemplate }, { facts });
    refuses('POST /services/x/update?version=1', { TaskTemplate }, { facts });
  });

  it('BODY-024: a service cannot have the secrets of others', () => {
    const Secrets = [{ SecretID: 'other', SecretName: 'mine' }];
    refuses('POST /services/create', { TaskTemplate: { ContainerSpec: { Secrets } } });
    const held = constrained('{ secrets: [mine] }');
    const ask = (SecretName: string): boolean =>
      decide(held, 'POST /services/create', {
        body: { TaskTemplate: { ContainerSpec: { Secrets: [{ SecretID: 'x', SecretName }] } } },
      }).allow;
    expect(ask('mine')).toBe(true);
    expect(ask('other')).toBe(false);
  });

  it.each([
    { type: 'none', o: 'bind', device: '/' },
    { type: 'none', o: 'rw,bind', device: '/' },
    { type: 'none', o: 'rbind', device: '/' },
    { type: 'ext4', device: '/dev/sda1' },
    { type: 'overlay', o: 'lowerdir=/,upperdir=/x,workdir=/y', device: 'overlay' },
    { type: 'cifs', o: 'username=a,password=b', device: '//host/share' },
  ])('BODY-025: a volume that mounts is refused: %j', (DriverOpts) => {
    refuses('POST /volumes/create', { Name: 'data', DriverOpts });
  });

  it('BODY-026: a volume that is there is what it is', () => {
    const body = { HostConfig: { Binds: ['data:/d'] } };
    const options = { type: 'none', o: 'bind', device: '/' };
    const facts = [{ kind: 'volume', ref: 'data', driver: 'local', options } as const];
    refuses(CREATE, body, { facts });
    refuses(CREATE, body);
  });

  it('BODY-027: a log driver that calls out or writes to a socket is refused', () => {
    const Config = { 'syslog-address': 'unix:///var/run/docker.sock' };
    refuses(CREATE, { HostConfig: { LogConfig: { Type: 'syslog', Config } } });
    refuses(CREATE, { HostConfig: { LogConfig: { Type: '', Config } } });
    refuses(CREATE, { HostConfig: { LogConfig: { Config } } });
  });
});

describe('a build', () => {
  it('BLD-001: no build feeds the build of somebody else', () => {
    refuses('POST /build?buildid=upload-request%3Avictim');
  });

  it('BLD-002: what the daemon fetches is named by the policy', () => {
    refuses('POST /images/create?fromSrc=http://internal/');
    refuses('POST /images/create?fromImage=&fromSrc=http://internal/');
    const pulls = roleOf('allow: [image.pull]');
    expect(decide(pulls, 'POST /images/create?fromSrc=-').allow).toBe(false);
    refuses('POST /build?remote=http://169.254.169.254/');
  });
});

describe('a policy', () => {
  const web = roleOf('allow: [{ actions: [container.*], containers: { names: [web-*] } }]');

  it('POL-001: a container is judged by its own name, not by what it is called here', () => {
    const asked = (facts: Partial<TargetFacts>) => ({ facts: [container('web-1', facts)] });
    const stop = 'POST /containers/web-1/stop';
    expect(decide(web, stop, asked({ name: 'web-1' })).allow).toBe(true);
    expect(decide(web, stop, asked({ name: 'protected' })).allow).toBe(false);
    expect(decide(web, stop).allow).toBe(false);
  });

  it('POL-002: what a decision goes by is asked for by the name that can be replaced', () => {
    const question = { caller: ALICE, operation: operationOf('POST /containers/web-1/stop') };
    expect(web.references(question)).toEqual([{ kind: 'container', ref: 'web-1', from: 'path' }]);
    const rename = 'POST /containers/web-1/rename?name=protected';
    expect(decide(web, rename, { facts: [container('web-1')] }).allow).toBe(false);
  });

  it('POL-003: a label that others are selected by cannot be forged', () => {
    const mine = roleOf(
      'allow: [{ actions: [container.*], containers: { labels: { owner: alice } } }]\nconstraints: { labels: [owner, "app.*"] }',
    );
    const create = (Labels: object): boolean => decide(mine, CREATE, { body: { Labels } }).allow;
    expect(create({ owner: 'alice' })).toBe(true);
    expect(create({ owner: 'bob' })).toBe(false);
    expect(create({ Owner: 'alice' })).toBe(false);
    expect(create({})).toBe(false);
    expect(create({ owner: 'alice', 'traefik.enable': 'true' })).toBe(false);
  });

  it('POL-004: who looks around sees neither files, output nor environments', () => {
    const viewer = policyOf('users: [{ user: alice, roles: [viewer] }]');
    for (const path of [
      '/containers/x/export',
      '/containers/x/archive?path=/etc/shadow',
      '/containers/x/logs?stdout=1',
      '/containers/x/top?ps_args=e',
      '/containers/x/json',
      '/containers/x/attach/ws',
      '/images/x/get',
      '/images/get?names=x',
      '/images/x/json',
      '/configs',
      '/secrets',
      '/swarm',
      '/debug/vars',
      '/events',
    ]) {
      expect(decide(viewer, `GET ${path}`).allow, path).toBe(false);
    }
  });

  it('POL-005: a prune is a permission of its own', () => {
    const cleaner = roleOf('allow: [volume.remove, container.remove, image.remove]');
    for (const kind of ['volumes', 'containers', 'images', 'networks', 'build']) {
      expect(decide(cleaner, `POST /${kind}/prune?filters={}`).allow).toBe(false);
    }
  });

  it('POL-006: making an image of a container and taking it away are held apart', () => {
    const commits = roleOf('allow: [image.commit]');
    const evil = 'POST /images/evil.example/x/push';
    expect(decide(commits, evil).allow).toBe(false);
    const pushes = roleOf('allow: [image.push]\nconstraints: { registries: [reg.example] }');
    expect(decide(pushes, evil).allow).toBe(false);
    expect(decide(pushes, 'POST /images/reg.example/x/push').allow).toBe(true);
    const tricked = 'POST /images/reg.example/x/push?tag=../evil.example/y';
    expect(decide(pushes, tricked).allow).toBe(false);
  });

  it('POL-007: a user that is not named is the image’s own', () => {
    const held = constrained('{ users: ["1-65535"] }');
    const image = (user: string): Asked => ({
      body: { Image: 'app' },
      facts: [{ kind: 'image', ref: 'app', user }],
    });
    expect(decide(held, CREATE, image('1000')).allow).toBe(true);
    for (const user of ['', 'root', '0', '0:0', 'app']) {
      expect(decide(held, CREATE, image(user)).allow).toBe(false);
    }
    expect(decide(held, CREATE, { body: { Image: 'app' } }).allow).toBe(false);
  });

  it('POL-008: patterns hold at both ends, and no name of the daemon gets out of them', () => {
    const at = (ref: string, name: string): boolean =>
      decide(web, `GET /containers/${ref}/json`, { facts: [container(ref, { name })] }).allow;
    expect(at('a', 'web-1')).toBe(true);
    expect(at('b', 'my-web-1')).toBe(false);
    expect(at('c', 'WEB-1')).toBe(false);
    expect(statusOf(() => operationOf('GET /containers/web-/../db/json'))).toBe(400);
    // A slash in a name is no name of the daemon: it has no such object, and says so.
    const gone = [{ kind: 'container', ref: 'web-/db', missing: true } as const];
    expect(decide(web, 'GET /containers/web-/db/json', { facts: gone }).allow).toBe(true);
    const volumes = constrained('{ volumes: ["web*"] }');
    const body = { HostConfig: { Binds: ['web/../../etc:/h'] } };
    expect(decide(volumes, CREATE, { body }).allow).toBe(false);
  });

  it('reads the same body that the daemon gets', () => {
    const operation = operationOf(CREATE);
    const body = bodyOf(operation, '{"hostconfig":{"PRIVILEGED":true}}');
    expect(body.view).toEqual({ HostConfig: { Privileged: true } });
  });
});
