import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readOperation } from '../../../src/docker-api/operation.ts';
import { ROUTES } from '../../../src/docker-api/routes.ts';
import { PROPERTY } from '../helpers/property.ts';
import { fillRoute, ROUTE_VECTORS, routePattern, type RouteVector } from '../helpers/vectors.ts';

/** What a client would put into the route's variables. */
const NAMES = { name: 'web-1', id: '4f3c', checkpoint: 'cp1', anyroute: 'anything/at/all' };

const sampleOf = ({ route }: RouteVector): string => fillRoute(route, NAMES);

/** The query that asks for the first of a route's actions. */
const queryFor = ({ action }: RouteVector) => (action.includes('|') ? '?fromImage=x' : '');

const cases = ROUTE_VECTORS.map((row) => [row.method, sampleOf(row), row] as const);

describe('the table of routes', () => {
  it('has the routes of the daemon, all of them, in its order', () => {
    const known = ROUTES.map(({ method, action }) => `${method} ${action}`);
    expect(known).toEqual(
      ROUTE_VECTORS.map(({ method, action }) => `${method} ${action.split('|', 1)[0] ?? ''}`),
    );
  });

  it.each(cases)('knows %s %s, with and without a version', (method, path, row) => {
    const [action] = row.action.split('|');
    expect(readOperation(method, `${path}${queryFor(row)}`).action).toBe(action);
    expect(readOperation(method, `/v1.24${path}${queryFor(row)}`).action).toBe(action);
  });

  it.each(cases)('knows whether %s %s is a stream or can be upgraded', (method, path, row) => {
    const upgrade = /^(?:hijack-(.+)|(websocket))$/.exec(row.streaming);
    expect(readOperation(method, path)).toMatchObject({
      streaming: row.streaming,
      hijack: upgrade?.[1] ?? upgrade?.[2],
      stream: row.streaming !== 'none',
    });
  });

  it.each(cases.filter(([, , { route }]) => route.includes('.*}')))(
    'lets the greedy name in %s %s hold slashes, or be empty where no double slash comes of it',
    (method, _, row) => {
      for (const name of ['', 'a/b', 'a b"c']) {
        const path = fillRoute(row.route, { name, id: name, anyroute: name });
        if (path.includes('//')) continue;
        expect(readOperation(method, encodeURI(path)).action).toBe(firstMatch(method, path));
      }
    },
  );
});

/** The first route that matches, tried one after the other as gorilla/mux does. */
function firstMatch(method: string, path: string): string {
  const row = ROUTE_VECTORS.find(
    (route) => route.method === method && routePattern(route.route).test(path),
  );
  return row?.action.split('|').at(-1) ?? 'unknown';
}

const segment = fc.constantFrom(
  ...new Set(ROUTE_VECTORS.flatMap(({ route }) => route.split('/').filter((s) => /^\w+$/.test(s)))),
  'x',
  'web-1',
  'a b',
  '_',
);
const segments = fc.array(segment, { maxLength: 3 }).map((list) => list.join('/'));

/** Paths that are near to a route: odd names in it, something behind it. */
const nearRoute = fc
  .tuple(fc.constantFrom(...ROUTE_VECTORS), segments, fc.constantFrom('', '', '/', '/json', '/x'))
  .map(([row, name, end]) => ({
    method: row.method,
    path: `${fillRoute(row.route, { ...NAMES, name, id: name })}${end}`,
  }));
const anyPath = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'),
  path: segments.map((text) => `/${text}`),
});

describe('a path made of any segments', () => {
  it('is read as the first route that matches in the order of the daemon', () => {
    let known = 0;
    fc.assert(
      fc.property(fc.oneof({ weight: 3, arbitrary: nearRoute }, anyPath), ({ method, path }) => {
        fc.pre(!path.includes('//'));
        const action = firstMatch(method, path);
        if (action !== 'unknown' && method !== 'OPTIONS') known += 1;
        expect(readOperation(method, encodeURI(path)).action).toBe(action);
        expect(readOperation(method, `/v1.43${encodeURI(path)}`).action).toBe(action);
      }),
      PROPERTY,
    );
    expect(known).toBeGreaterThan(300);
  });
});
