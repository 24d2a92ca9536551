import { describe, expect, it } from 'vitest';
import { readOperation } from '../../../src/docker-api/operation.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { fillRoute, ROUTE_VECTORS } from '../helpers/vectors.ts';

const subjectOf = (method: string, target: string) => readOperation(method, target).subject;

describe('the subject of a call', () => {
  it.each([
    ['GET', '/containers/web/json', 'container', 'web'],
    ['POST', '/v1.41/containers/4f3c/start', 'container', '4f3c'],
    ['POST', '/containers/a%20b/start', 'container', 'a b'],
    ['POST', '/containers/x/exec/y/start', 'container', 'x/exec/y'],
    ['POST', '/containers/web/exec', 'container', 'web'],
    ['DELETE', '/containers/', 'container', ''],
    ['GET', '/containers/x/checkpoints', 'container', 'x'],
    ['DELETE', '/containers/x/checkpoints/c', 'container', 'x'],
    ['POST', '/containers/web/rename?name=db', 'container', 'web'],
    ['POST', '/exec/4f3c/start', 'exec', '4f3c'],
    ['GET', '/images/registry:5000/a/b:1/json', 'image', 'registry:5000/a/b:1'],
    ['GET', '/images/a%2fb/json', 'image', 'a/b'],
    ['POST', '/images/app/tag?repo=other&tag=1', 'image', 'app'],
    ['GET', '/distribution/a/b/json', 'image', 'a/b'],
    ['GET', '/images/app/get?names=other', 'image', 'app'],
    ['GET', '/networks/n1', 'network', 'n1'],
    ['POST', '/networks/n1/connect', 'network', 'n1'],
    ['GET', '/volumes/', 'volume', ''],
    ['DELETE', '/volumes/v', 'volume', 'v'],
    ['POST', '/services/s/update?version=1', 'service', 's'],
    ['GET', '/nodes/self', 'node', 'self'],
    ['GET', '/tasks/t/logs', 'task', 't'],
    ['DELETE', '/secrets/s', 'secret', 's'],
    ['GET', '/configs/c', 'config', 'c'],
    ['POST', '/plugins/vieux%2fsshfs:latest/enable', 'plugin', 'vieux/sshfs:latest'],
    ['GET', '/debug/pprof/heap', 'system', 'heap'],
  ])('of %s %s is the %s %o, out of the path', (method, target, kind, name) => {
    expect(subjectOf(method, target)).toEqual({ kind, names: [name] });
  });

  it.each([
    ['POST', '/containers/create?name=web', 'container', ['web']],
    ['POST', '/containers/create?name=/web&name=x', 'container', ['web']],
    ['POST', '/containers/create?name=//web', 'container', ['//web']],
    ['POST', '/containers/create?name=&Name=web', 'container', []],
    ['POST', '/containers/create', 'container', []],
    ['POST', '/commit?container=web&repo=a&tag=1', 'container', ['web']],
    ['POST', '/commit?container=%2fweb', 'container', ['web']],
    ['POST', '/commit', 'container', ['']],
    ['POST', '/images/create?fromImage=app&tag=1', 'image', ['app:1']],
    ['POST', '/images/create?fromImage=app:', 'image', ['app']],
    ['POST', '/images/create?fromImage=app:1&tag=2', 'image', ['app:2']],
    ['POST', '/images/create?fromSrc=-&repo=app', 'image', ['app:latest']],
    ['POST', '/images/create?fromSrc=-&repo=app&tag=1', 'image', ['app:1']],
    ['POST', '/images/create?fromSrc=-&tag=1', 'image', []],
    ['POST', '/images/app/push?tag=1', 'image', ['app:1']],
    ['POST', '/images/app/push', 'image', ['app']],
    ['GET', '/images/get?names=a&names=b:1', 'image', ['a', 'b:1']],
    ['GET', '/images/get', 'image', []],
    ['POST', '/build?t=a&t=&t=b:1', 'image', ['a', 'b:1']],
    [
      'POST',
      `/build?t=a&outputs=${encodeURIComponent('[{"Type":"image","Attrs":{"name":"b,c:1"}},{"Type":"local"}]')}`,
      'image',
      ['a', 'b', 'c:1'],
    ],
    ['POST', '/build', 'image', []],
    ['POST', '/build/cancel?id=b1', 'build', ['b1']],
    ['POST', '/build/prune', 'build', []],
    ['POST', '/plugins/pull?remote=r/p:1', 'plugin', ['r/p:1']],
    ['POST', '/plugins/pull?remote=r/p:1&name=p', 'plugin', ['r/p:1', 'p']],
    ['POST', '/plugins/p/upgrade?remote=r/p:2', 'plugin', ['p', 'r/p:2']],
    ['GET', '/plugins/privileges?remote=r/p', 'plugin', ['r/p']],
    ['POST', '/plugins/create?name=p', 'plugin', ['p']],
    ['GET', '/containers/json', 'container', []],
    ['POST', '/volumes/create', 'volume', []],
    ['POST', '/networks/create', 'network', []],
    ['GET', '/networks/', 'network', []],
    ['GET', '/swarm', 'swarm', []],
    ['GET', '/info', 'system', []],
    ['POST', '/auth', 'none', []],
    ['GET', '/images/search?term=x', 'none', []],
    ['POST', '/session', 'build', []],
    ['OPTIONS', '/containers/x', 'none', []],
    ['GET', '/containers', 'none', []],
  ])('of %s %s is the %s %o, as the daemon reads the query', (method, target, kind, names) => {
    expect(subjectOf(method, target)).toEqual({ kind, names });
  });

  it.each([
    ['POST', '/containers/create?name=%ff', 'name'],
    ['POST', '/commit?container=%ff', 'container'],
    ['POST', '/images/create?fromImage=a&tag=%ff', 'tag'],
    ['GET', '/images/get?names=a&names=%ff', 'names'],
    ['POST', '/build?t=a&t=%ff', 't'],
  ])('is refused where it is no UTF-8: %s %s', (method, target, key) => {
    expect(refusalOf(() => subjectOf(method, target)).message).toBe(
      `refused: the parameter "${key}" is no UTF-8`,
    );
  });

  it.each(ROUTE_VECTORS.filter(({ route }) => /\{(?:name|id)/.test(route)))(
    'of $method $route has the name that stands in the path',
    ({ method, route }) => {
      const path = fillRoute(route, { name: 'web-1', id: 'web-1', checkpoint: 'c' });
      expect(subjectOf(method, path).names).toContain('web-1');
    },
  );
});
