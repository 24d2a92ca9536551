import { describe, expect, it } from 'vitest';
import { isBodyAction } from '../../../src/docker-api/body/bodies.ts';
import { readBody } from '../../../src/docker-api/body/read-body.ts';
import { readOperation } from '../../../src/docker-api/operation.ts';
import type { ReadView } from '../../../src/resolve/references.ts';
import { createResolver } from '../../../src/resolve/resolver.ts';
import { resolveCall, type Asked } from '../../../src/resolve/resolve-call.ts';
import { refusedAsync } from '../helpers/refusal.ts';
import { daemon, inspection } from './daemon.ts';

const WEB = 'a'.repeat(64);
const DB = 'd'.repeat(64);
const EXEC = 'e'.repeat(64);
const NET = 'b'.repeat(64);
const LOCAL_HOST = 'f0'.repeat(32);
const OVERLAY = 'qu2pvgiynb4clvlqkhtyupzaf';
const SWARM_HOST = 'ercwouxgecyl0zrtu2d9iodx7';
const IMAGE = `sha256:${'c'.repeat(64)}`;

const TABLE = {
  '/containers/web/json': inspection(WEB, 'web'),
  '/containers/db/json': inspection(DB, 'db'),
  '/containers/aaaa/json': inspection(WEB, 'web'),
  [`/containers/${WEB}/json`]: inspection(WEB, 'web'),
  [`/exec/${EXEC}/json`]: { ID: EXEC, ContainerID: WEB },
  '/networks/front': { Id: NET, Name: 'front' },
  '/networks/bbbb': { Id: NET, Name: 'front' },
  '/networks/fee': { Id: NET, Name: 'fee' },
  '/networks/host': { Id: LOCAL_HOST, Name: 'host' },
  '/networks/f0f0': { Id: LOCAL_HOST, Name: 'host' },
  '/networks/host?scope=swarm': { Id: SWARM_HOST, Name: 'host' },
  '/networks/none': { Id: 'f1'.repeat(32), Name: 'none' },
  // On this node the beginning of the overlay's id is the name of a bridge.
  '/networks/qu2p': { Id: NET, Name: 'qu2p' },
  '/networks/qu2p?scope=swarm': { Id: OVERLAY, Name: 'mesh' },
  '/networks/mesh?scope=swarm': { Id: OVERLAY, Name: 'mesh' },
  [`/networks/${OVERLAY}?scope=swarm`]: { Id: OVERLAY, Name: 'mesh' },
  '/images/nginx/json': { Id: IMAGE, RepoTags: ['nginx:latest', 'nginx:1'] },
  '/images/app/json': {
    Id: IMAGE,
    RepoTags: ['app:latest'],
    Config: { User: '1000', Env: ['A=b'] },
  },
  '/images/cafe/json': { Id: IMAGE, RepoTags: ['cafe:latest'] },
  '/images/cccc/json': { Id: IMAGE, RepoTags: ['nginx:latest'] },
  '/volumes/data': { Name: 'data', Driver: 'local', Options: { device: '/' } },
};

/** Resolves a call with everything asked that it names. */
async function resolved(request: string, asked: readonly Asked[], text?: string) {
  const [method = '', target = ''] = request.split(' ');
  const operation = readOperation(method, target);
  const received = text === undefined ? undefined : { body: Buffer.from(text) };
  const { action, version } = operation;
  const body =
    received && isBodyAction(action)
      ? ({ action, view: readBody(action, version, received.body).view } as ReadView)
      : undefined;
  const { resolver } = daemon(TABLE);
  const call = { operation, upstream: { target }, ...(received && { received }) };
  const result = await resolveCall(resolver, body ? { ...call, body } : call, asked);
  return { ...result, rewritten: result.rewritten?.toString() };
}

const container = (ref: string): Asked => ({ kind: 'container', ref });
const network = (ref: string): Asked => ({ kind: 'network', ref });
const image = (ref: string): Asked => ({ kind: 'image', ref });

describe('the target of a call', () => {
  it.each([
    [
      'POST /v1.41/containers/web/start?a=1',
      container('web'),
      `/v1.41/containers/${WEB}/start?a=1`,
    ],
    ['GET /containers/aaaa/json', container('aaaa'), `/containers/${WEB}/json`],
    ['DELETE /containers/web', container('web'), `/containers/${WEB}`],
    ['POST /containers/web/exec', container('web'), `/containers/${WEB}/exec`],
    ['GET /containers/web/attach/ws', container('web'), `/containers/${WEB}/attach/ws`],
    [
      'DELETE /containers/web/checkpoints/one',
      container('web'),
      `/containers/${WEB}/checkpoints/one`,
    ],
    [
      'POST /commit?repo=x&container=%2Fweb&tag=y&container=db',
      container('web'),
      `/commit?repo=x&tag=y&container=${WEB}`,
    ],
    [`POST /exec/${EXEC}/start`, { kind: 'exec', ref: EXEC }, `/exec/${EXEC}/start`],
    ['DELETE /networks/front', network('front'), `/networks/${NET}`],
    ['POST /networks/bbbb/connect', network('bbbb'), `/networks/${NET}/connect`],
  ] as const)('goes by the id that was found: %s', async (request, asked, target) => {
    expect(await resolved(request, [asked])).toMatchObject({ target });
  });

  it.each([
    ['DELETE /images/nginx', image('nginx'), '/images/nginx'],
    // A name that could be the beginning of an id says that it is a name, and the other way round.
    ['DELETE /images/cafe', image('cafe'), '/images/cafe:latest'],
    ['DELETE /images/cccc', image('cccc'), `/images/${IMAGE}`],
    ['POST /images/cafe/push', image('cafe'), '/images/cafe/push'],
    ['POST /images/cccc/tag?repo=x', image('cccc'), `/images/${IMAGE}/tag?repo=x`],
    ['DELETE /volumes/data', { kind: 'volume', ref: 'data' }, '/volumes/data'],
  ] as const)('of images and volumes goes by its name: %s', async (request, asked, target) => {
    expect(await resolved(request, [asked])).toMatchObject({ target });
  });

  it('stays as it is where nobody asked about it', async () => {
    const { target, facts } = await resolved('POST /containers/web/start', []);
    expect(target).toBe('/containers/web/start');
    expect(facts).toEqual([]);
  });

  it('is never the name of a container that is yet to be made', async () => {
    const { target } = await resolved(
      'POST /containers/create?name=create',
      [],
      '{"Image":"nginx"}',
    );
    expect(target).toBe('/containers/create?name=create');
  });

  it('is 404 where the daemon knows nothing of that name', async () => {
    const error = await refusedAsync(() =>
      resolved('POST /containers/gone/start', [container('gone')]),
    );
    expect(error).toMatchObject({ code: 'TARGET_UNKNOWN', status: 404, message: 'No such thing' });
  });

  it('is refused where several images are saved and one could come to mean another', async () => {
    await refusedAsync(
      () => resolved('GET /images/get?names=nginx&names=cccc', [image('nginx'), image('cccc')]),
      'TARGET_INVALID',
    );
  });
});

describe('what a body names', () => {
  it('goes by the id too, and every other byte stays', async () => {
    const { rewritten, target } = await resolved(
      'POST /networks/front/connect',
      [network('front'), container('web')],
      '{ "container" : "\\/web",\n "EndpointConfig":{"Aliases":["web"]} }',
    );
    expect(target).toBe(`/networks/${NET}/connect`);
    expect(rewritten).toBe(`{ "container" : "${WEB}",\n "EndpointConfig":{"Aliases":["web"]} }`);
  });

  it('is written into every place of a create', async () => {
    const { rewritten } = await resolved(
      'POST /containers/create',
      [container('web'), container('db'), image('cafe')],
      JSON.stringify({
        Image: 'cafe',
        Env: ['container:web'],
        HostConfig: {
          NetworkMode: 'container:web',
          PidMode: 'container:db',
          IpcMode: 'container:web',
          Cgroup: 'container:db',
          VolumesFrom: ['web', 'db:ro'],
          Links: ['db', 'web:www'],
        },
      }),
    );
    expect(JSON.parse(rewritten ?? '')).toEqual({
      Image: 'cafe:latest',
      Env: ['container:web'],
      HostConfig: {
        NetworkMode: `container:${WEB}`,
        PidMode: `container:${DB}`,
        IpcMode: `container:${WEB}`,
        Cgroup: `container:${DB}`,
        VolumesFrom: [WEB, `${DB}:ro`],
        Links: [`${DB}:db`, `${WEB}:www`],
      },
    });
  });

  it('is a network by its name, unless that could be an id', async () => {
    const byName = await resolved(
      'POST /containers/create',
      [network('front')],
      '{"Image":"x","HostConfig":{"NetworkMode":"front"},"NetworkingConfig":{"EndpointsConfig":{"front":{}}}}',
    );
    expect(byName.rewritten).toBeUndefined();
    const byHex = await resolved(
      'POST /containers/create',
      [network('fee')],
      '{"Image":"x","HostConfig":{"NetworkMode":"fee"},"NetworkingConfig":{"EndpointsConfig":{"fee" :{"Aliases":["fee"]}}}}',
    );
    expect(byHex.rewritten).toBe(
      `{"Image":"x","HostConfig":{"NetworkMode":"${NET}"},"NetworkingConfig":{"EndpointsConfig":{"${NET}":{"Aliases":["fee"]}}}}`,
    );
  });

  it('is the network of a NetworkID, by its whole id', async () => {
    const { rewritten } = await resolved(
      'POST /networks/front/connect',
      [network('front'), container('web'), network('bbbb')],
      '{"Container":"web","EndpointConfig":{"networkid":"bbbb"}}',
    );
    expect(rewritten).toBe(`{"Container":"${WEB}","EndpointConfig":{"networkid":"${NET}"}}`);
  });

  it('is the user of the image that was looked at, where the call names nobody', async () => {
    const create = async (body: string) =>
      (await resolved('POST /containers/create', [image('app')], body)).rewritten;
    expect(await create('{"Image":"app"}')).toBe('{"User":"1000","Image":"app"}');
    expect(await create(' {"Image":"app","User":null}')).toBe(
      ' {"User":"1000","Image":"app","User":null}',
    );
    expect(await create('{"Image":"app","user":""}')).toBe('{"Image":"app","user":"1000"}');
    expect(await create('{"Image":"app","User":"5"}')).toBeUndefined();
  });

  it('is no id of an image where none is called like that', async () => {
    const { rewritten } = await resolved(
      'POST /containers/create',
      [image('beef')],
      '{"Image":"beef"}',
    );
    expect(rewritten).toBe('{"Image":"beef:latest"}');
  });

  it('is so much at most, asked for a few at a time', async () => {
    const names = Array.from({ length: 257 }, (_, at) => `v${at}`);
    const asked = names.map((ref): Asked => ({ kind: 'volume', ref }));
    await expect(resolved('POST /containers/create', asked.slice(1), '{}')).resolves.toBeDefined();
    await refusedAsync(() => resolved('POST /containers/create', asked, '{}'), 'TARGET_INVALID');
    let open = 0;
    let most = 0;
    const resolver = createResolver(async () => {
      open += 1;
      most = Math.max(most, open);
      await Promise.resolve();
      open -= 1;
      return { status: 404, body: '{"message":"gone"}' };
    });
    const operation = readOperation('POST', '/containers/create');
    const upstream = { target: '/containers/create' };
    await resolveCall(resolver, { operation, upstream }, asked.slice(1));
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(16);
  });

  it('is refused where one network has two spellings', async () => {
    await refusedAsync(
      () =>
        resolved(
          'POST /containers/create',
          [network('front'), network('bbbb')],
          '{"Image":"x","NetworkingConfig":{"EndpointsConfig":{"front":{},"bbbb":{}}}}',
        ),
      'TARGET_INVALID',
    );
  });

  it('is refused where a container or network is not there, but not as a missing image', async () => {
    for (const [asked, host] of [
      [container('gone'), { PidMode: 'container:gone' }],
      [network('gone'), { NetworkMode: 'gone' }],
    ] as const) {
      const body = JSON.stringify({ Image: 'x', HostConfig: host });
      const error = await refusedAsync(() => resolved('POST /containers/create', [asked], body));
      expect(error).toMatchObject({ code: 'TARGET_INVALID', status: 400 });
    }
  });

  it('may be an image or volume that is not there yet', async () => {
    const { facts } = await resolved(
      'POST /containers/create',
      [image('new:1'), { kind: 'volume', ref: 'fresh' }, { kind: 'volume', ref: 'data' }],
      '{"Image":"new:1","HostConfig":{"Binds":["fresh:/f","data:/d"]}}',
    );
    expect(facts).toEqual([
      { kind: 'image', ref: 'new:1', missing: true },
      { kind: 'volume', ref: 'fresh', missing: true },
      expect.objectContaining({ kind: 'volume', ref: 'data', name: 'data', driver: 'local' }),
    ]);
  });
});

describe('a network of a service', () => {
  const targets = (...refs: readonly string[]) =>
    JSON.stringify({ Name: 's', TaskTemplate: { Networks: refs.map((Target) => ({ Target })) } });

  it.each(['mesh', 'qu2p', OVERLAY])(
    'is what the swarm calls so, and goes up by its id: %s',
    async (ref) => {
      for (const call of ['POST /services/create', 'POST /services/s/update?version=1']) {
        const { facts, rewritten } = await resolved(call, [network(ref)], targets(ref));
        expect(facts).toEqual([
          expect.objectContaining({ kind: 'network', ref, id: OVERLAY, name: 'mesh' }),
        ]);
        expect(rewritten ?? targets(ref)).toBe(targets(OVERLAY));
      }
    },
  );

  it('goes up by its id where it stands beside the task too, in any case', async () => {
    const { rewritten } = await resolved(
      'POST /services/create',
      [network('mesh'), network('qu2p')],
      '{"networks":[{"TARGET":"qu2p"}],"TaskTemplate":{"Networks":[{"Aliases":["mesh"]},{"Target":"mesh"}]}}',
    );
    expect(rewritten).toBe(
      `{"networks":[{"TARGET":"${OVERLAY}"}],"TaskTemplate":{"Networks":[{"Aliases":["mesh"]},{"Target":"${OVERLAY}"}]}}`,
    );
  });

  it.each(['host', 'f0f0'])('is the swarm’s own for one that every node has: %s', async (ref) => {
    const { facts, rewritten } = await resolved(
      'POST /services/create',
      [network(ref)],
      targets(ref),
    );
    expect(facts).toMatchObject([{ id: SWARM_HOST, name: 'host' }]);
    expect(rewritten).toBe(targets(SWARM_HOST));
  });

  it.each(['front', 'none', 'gone', ''])(
    'is none where the swarm has none, whatever this node has: %j',
    async (ref) => {
      const error = await refusedAsync(() =>
        resolved('POST /services/create', [network(ref)], targets(ref)),
      );
      expect(error).toMatchObject({ code: 'TARGET_INVALID', status: 400 });
    },
  );
});

describe('the facts', () => {
  it('come in the order of what was asked, in one shape for all kinds', async () => {
    const { facts } = await resolved(`POST /exec/${EXEC}/start`, [
      { kind: 'exec', ref: EXEC },
      image('nginx'),
      image('app'),
    ]);
    expect(facts).toMatchObject([
      { kind: 'exec', ref: EXEC, id: EXEC, name: 'web', image: 'nginx:1', labels: { team: 'a' } },
      { kind: 'image', ref: 'nginx', id: IMAGE, names: ['nginx:latest', 'nginx:1'] },
      { kind: 'image', ref: 'app', user: '1000', env: ['A=b'] },
    ]);
  });
});
