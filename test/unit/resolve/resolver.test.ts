import { describe, expect, it } from 'vitest';
import { createResolver } from '../../../src/resolve/resolver.ts';
import { refusedAsync } from '../helpers/refusal.ts';
import { daemon, inspection } from './daemon.ts';

const WEB = 'a'.repeat(64);
const EXEC = 'e'.repeat(64);

describe('what the daemon is asked', () => {
  it('is what a container is, by whatever it is called', async () => {
    const { resolver, asked } = daemon({ '/containers/web/json': inspection(WEB, 'web') });
    const resolution = await resolver.resolve('container', 'web');
    expect(resolution).toEqual({
      found: {
        kind: 'container',
        id: WEB,
        name: 'web',
        image: 'nginx:1',
        imageId: `sha256:${'1'.repeat(64)}`,
        labels: Object.assign(Object.create(null), { team: 'a', ['__proto__']: 'x' }) as unknown,
      },
    });
    expect(asked).toEqual(['/containers/web/json']);
  });

  it('is in which container an exec runs', async () => {
    const { resolver } = daemon({
      [`/exec/${EXEC}/json`]: { ID: EXEC, ContainerID: WEB },
      [`/containers/${WEB}/json`]: inspection(WEB, 'web'),
    });
    const resolution = await resolver.resolve('exec', EXEC);
    expect(resolution).toMatchObject({
      found: { kind: 'exec', id: EXEC, container: { id: WEB, name: 'web' } },
    });
  });

  it.each([
    ['network', 'front', '/networks/front', { Id: 'b'.repeat(64), Name: 'front', Labels: null }],
    ['network', 's', '/networks/s', { Id: '1v4jshqbeobfpr3qcuhxkqvb8', Name: 's' }],
    ['volume', 'v', '/volumes/v', { Name: 'v', Driver: 'local', Options: { device: '/' } }],
    [
      'image',
      'a/b:1',
      '/images/a%2Fb%3A1/json',
      { Id: `sha256:${'c'.repeat(64)}`, RepoTags: ['a/b:1'], Config: { User: 'x' } },
    ],
  ] as const)('is what a %s is: %s', async (kind, name, target, answer) => {
    const { resolver, asked } = daemon({ [target]: answer });
    expect(await resolver.resolve(kind, name)).toHaveProperty('found');
    expect(asked).toEqual([target]);
  });

  it.each(['../images/x', 'a//b', '.', '', '/..', 'a/./b', '\ud800'])(
    'is nothing where a name would be another path: %j',
    async (name) => {
      const { resolver, asked } = daemon({});
      expect(await resolver.resolve('container', name)).toMatchObject({ status: 404 });
      expect(asked).toEqual([]);
    },
  );

  it('is nothing where an exec is named by less than its id, as the daemon takes whole ones', async () => {
    const { resolver, asked } = daemon({});
    expect(await resolver.resolve('exec', EXEC.slice(0, 12))).toMatchObject({ status: 404 });
    expect(asked).toEqual([]);
  });

  it('escapes what means something in a path or query', async () => {
    const { resolver, asked } = daemon({});
    await resolver.resolve('network', 'a b?c#d%e/f');
    expect(asked).toEqual(['/networks/a%20b%3Fc%23d%25e%2Ff']);
  });
});

describe('an answer that decides nothing', () => {
  it('is told with the words and status of the daemon where there is no such object', async () => {
    const { resolver } = daemon({});
    expect(await resolver.resolve('container', 'gone')).toEqual({
      status: 404,
      message: 'No such thing',
    });
  });

  it('is told where the beginning of an id is that of several, as 20.10 tells it with 500', async () => {
    const resolver = createResolver(() =>
      Promise.resolve({
        status: 500,
        body: '{"message":"Multiple IDs found with provided prefix: a"}',
      }),
    );
    expect(await resolver.resolve('container', 'a')).toMatchObject({ status: 500 });
  });

  it.each([
    [500, '{"message":"the store is broken"}'],
    [301, ''],
    [204, ''],
  ])('is refused where the daemon answers %i for another reason', async (status, body) => {
    const resolver = createResolver(() => Promise.resolve({ status, body }));
    await refusedAsync(() => resolver.resolve('container', 'a'), 'TARGET_UNCLEAR');
  });

  it.each([
    ['no JSON', '<html>'],
    ['a list', '[]'],
    ['no id', JSON.stringify(inspection('xyz', 'web'))],
    ['an id that is a number', JSON.stringify({ ...inspection(WEB, 'web'), Id: 1 })],
    ['no configuration', JSON.stringify({ ...inspection(WEB, 'web'), Config: null })],
    [
      'labels that are no strings',
      JSON.stringify(inspection(WEB, 'web', { Config: { Image: 'x', Labels: { a: 1 } } })),
    ],
  ])('is refused: %s', async (_, body) => {
    const { resolver } = daemon({ '/containers/web/json': body });
    const error = await refusedAsync(() => resolver.resolve('container', 'web'));
    expect(error).toMatchObject({ code: 'TARGET_UNCLEAR', status: 502 });
    expect(error.message).toContain('"web"');
  });

  it('is refused where the daemon speaks of another exec, or of another container of it', async () => {
    const other = 'f'.repeat(64);
    const first = daemon({ [`/exec/${EXEC}/json`]: { ID: other, ContainerID: WEB } });
    await refusedAsync(() => first.resolver.resolve('exec', EXEC), 'TARGET_UNCLEAR');
    // A container that has gone, and another that is called like its id.
    const second = daemon({
      [`/exec/${EXEC}/json`]: { ID: EXEC, ContainerID: WEB },
      [`/containers/${WEB}/json`]: inspection(other, WEB),
    });
    await refusedAsync(() => second.resolver.resolve('exec', EXEC), 'TARGET_UNCLEAR');
  });

  it('is refused where a container is called like the id of another', async () => {
    const { resolver } = daemon({ [`/containers/${WEB}/json`]: inspection('f'.repeat(64), WEB) });
    await refusedAsync(() => resolver.resolve('container', WEB), 'TARGET_UNCLEAR');
  });
});

describe('what is kept', () => {
  const table = () => ({ '/containers/web/json': inspection(WEB, 'web') as unknown });

  it('is never what a decision is made on', async () => {
    const { resolver, asked } = daemon(table());
    await resolver.resolve('container', 'web');
    await resolver.resolve('container', 'web');
    expect(asked).toHaveLength(2);
  });

  it('serves the trail: a name for two seconds, an id for thirty', async () => {
    const { resolver, asked, wait } = daemon({
      ...table(),
      [`/containers/${WEB}/json`]: inspection(WEB, 'web'),
    });
    expect(await resolver.describe('container', 'web')).toMatchObject({ id: WEB });
    wait(1_999);
    expect(await resolver.describe('container', 'web')).toMatchObject({ id: WEB });
    expect(asked).toHaveLength(1);
    wait(1);
    await resolver.describe('container', 'web');
    expect(asked).toHaveLength(2);
    wait(29_999);
    await resolver.describe('container', WEB);
    expect(asked).toHaveLength(2);
    wait(1);
    await resolver.describe('container', WEB);
    expect(asked).toHaveLength(3);
  });

  it('is dropped after a call that may have moved a name', async () => {
    const { resolver, asked } = daemon(table());
    await resolver.describe('container', 'web');
    resolver.forgetAll();
    await resolver.describe('container', 'web');
    expect(asked).toHaveLength(2);
  });

  it('is nothing where the daemon did not say, and the trail is told so without an error', async () => {
    const { resolver } = daemon({ '/containers/web/json': new Error('gone') });
    expect(await resolver.describe('container', 'web')).toBeUndefined();
    expect(await resolver.describe('container', 'other')).toBeUndefined();
  });

  it('is a thousand objects at most, the oldest of which go', async () => {
    const names = Array.from({ length: 1_001 }, (_, at) => `v${at}`);
    const answers = names.map((Name) => [`/volumes/${Name}`, { Name, Driver: 'local' }]);
    const { resolver, asked } = daemon(Object.fromEntries(answers) as Record<string, unknown>);
    for (const name of names) await resolver.describe('volume', name);
    await resolver.describe('volume', 'v1000');
    expect(asked).toHaveLength(1_001);
    await resolver.describe('volume', 'v0');
    expect(asked).toHaveLength(1_002);
  });
});
