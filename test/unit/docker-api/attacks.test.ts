import { describe, expect, it } from 'vitest';
import { readBuildQuery } from '../../../src/docker-api/build-query.ts';
import { readFilters } from '../../../src/docker-api/filters.ts';
import { boolValue } from '../../../src/docker-api/form.ts';
import { readOperation, type Operation } from '../../../src/docker-api/operation.ts';
import { isBefore } from '../../../src/docker-api/version.ts';
import { redactQuery } from '../../../src/audit/redact.ts';
import { refusalOf } from '../helpers/refusal.ts';

const read = (target: string, method = 'GET'): Operation => readOperation(method, target);
const isRefused = (target: string, method = 'GET'): void => {
  expect(refusalOf(() => read(target, method)).status).toBe(400);
};

/** What comparable filters were talked around with, in the path. */
describe('a path', () => {
  it.each(['/V1.41/containers/json', '/v1.41/Containers/json', '/v1.41/containers/JSON'])(
    'in another case is no route: %s',
    (target) => {
      expect(read(target)).toMatchObject({ action: 'unknown', effect: 'unknown' });
    },
  );

  it('with escaped letters is what it decodes to', () => {
    expect(read('/%63ontainers/json').action).toBe('container.list');
    expect(read('/v1.41/%69nfo').target.path).toBe('/v1.41/info');
  });

  it.each([
    ['/v1.41/containers%2fjson', 'GET'],
    ['/v1.41%2fcontainers/json', 'GET'],
    ['/exec/x%2fstart', 'POST'],
  ])('with an escaped slash that the daemon reads as one is refused: %s', isRefused);

  it.each([
    ['/containers/create/exec', 'POST', 'exec.create', 'create'],
    ['/containers/x/exec/y/start', 'POST', 'container.start', 'x/exec/y'],
    ['/containers/x/attach/ws/json', 'GET', 'container.inspect', 'x/attach/ws'],
    ['/exec/a/b/start', 'POST', 'exec.start', 'a/b'],
  ])(
    'with slashes in its id is what the first route makes of it: %s',
    (target, method, action, name) => {
      expect(read(target, method)).toMatchObject({ action, subject: { names: [name] } });
    },
  );

  it.each([
    ...['//v1.41/info', '/v1.41//info', '/v1.41/x/../info', '/./info', '/%2e%2e/images/prune'],
    ...['/containers/%252e%252e/json', '/v1.41\\containers\\json', '/containers/%5c/json'],
    ...['/v1..41/info', '/v./info', '/v1.41.0.0/info', '/v01.041/info', '/v9999/info'],
    ...['/containers/%00/json', '/containers/%0a/json', '/containers/%7f/json'],
    ...['/containers/%ff/json', '/containers/%c0%af/json', '/containers/é/json', '/info#x'],
  ])('that the daemon would clean up, redirect or read leniently is refused: %s', (target) => {
    isRefused(target);
  });

  it.each([
    ['/containers/json/', 'GET', 'unknown'],
    ['/_ping/', 'GET', 'unknown'],
    ['/networks/', 'GET', 'network.list'],
    ['/volumes/', 'GET', 'volume.inspect'],
    ['/containers/', 'DELETE', 'container.remove'],
    ['/images/', 'DELETE', 'image.remove'],
    ['/v1.41/v1.40/info', 'GET', 'unknown'],
  ])(
    'that ends in a slash, or holds two versions, is what the daemon takes it for: %s',
    (target, method, action) => {
      expect(read(target, method).action).toBe(action);
    },
  );

  it('keeps the version that changes what it means', () => {
    const { version } = read('/v1.41/containers/x/attach/ws');
    expect(isBefore(version, 1, 42)).toBe(true);
    expect(isBefore(read('/v1.24/volumes/prune', 'POST').version, 1, 42)).toBe(true);
    expect(isBefore(read('/containers/create', 'POST').version, 1, 42)).toBe(false);
  });

  it('of a debug route is a class of its own', () => {
    expect(read('/debug/pprof/heap').effect).toBe('debug');
    expect(read('/v1.44/debug/vars').effect).toBe('debug');
  });

  it('of a route that is not known promises nothing', () => {
    expect(read('/v1.60/newthing')).toMatchObject({ action: 'unknown', effect: 'unknown' });
  });
});

/** What comparable filters were talked around with, in the query. */
describe('a query', () => {
  it.each(['signal=%zz', 'signal=%', 'stdin=1;logs=1'])(
    'that Go reads in part is refused: %s',
    (query) => {
      isRefused(`/containers/x/kill?${query}`, 'POST');
    },
  );

  it('has its keys decoded, and compared exactly', () => {
    const { query } = read('/containers/x/kill?%73ignal=9&Signal=2&signal[]=3', 'POST');
    expect(query.all('signal')).toEqual(['9']);
  });

  it.each([
    ['yes', true],
    ['on', true],
    ['2', true],
    ['FALSE', false],
    ['no', false],
    ['none', false],
    ['%20', false],
    ['', false],
  ])('with force=%s forces: %s', (value, forced) => {
    expect(boolValue(read(`/containers/x?force=${value}`, 'DELETE').query, 'force')).toBe(forced);
  });

  it('of filters selects by a value that is false too, and is refused with a key twice', () => {
    const filters = (text: string) =>
      readFilters(read(`/containers/json?filters=${encodeURIComponent(text)}`).query);
    expect(filters('{"label":{"a":false}}').get('label')).toEqual(new Set(['a']));
    expect(filters('{"label":["a"]}').get('label')).toEqual(new Set(['a']));
    expect(refusalOf(() => filters('{"label":{"a":true},"label":{}}')).status).toBe(400);
  });

  it('that holds secrets gives their names away, and nothing else', () => {
    const { target, query } = read(
      `/build?buildargs=${encodeURIComponent('{"TOKEN":"s3cret"}')}`,
      'POST',
    );
    const build = readBuildQuery(query);
    expect(build.buildArgNames).toEqual(['TOKEN']);
    const shown = JSON.stringify([build.buildArgNames, redactQuery(target.query)]);
    expect(shown).not.toContain('s3cret');
  });

  it.each([
    ['/containers/x/start?checkpoint=c&checkpoint-dir=/etc', 'POST'],
    ['/containers/x/checkpoints?dir=/', 'GET'],
    ['/containers/x/checkpoints/c?dir=/etc', 'DELETE'],
  ])('that names a directory of the host is power over the host: %s', (target, method) => {
    expect(read(target, method).effect).toBe('host-admin');
  });
});
