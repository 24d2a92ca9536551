import { describe, expect, it } from 'vitest';
import { readOperation, type Operation } from '../../../src/docker-api/operation.ts';
import { CallError } from '../../../src/errors.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { actionsOf, fillRoute, GO_ROUTING, type GoAnswer } from '../helpers/vectors.ts';

const actionOf = (method: string, target: string) => readOperation(method, target).action;

describe('readOperation', () => {
  it.each([
    ['POST', '/containers/create/start', 'container.start'],
    ['POST', '/containers/create/exec', 'exec.create'],
    ['POST', '/containers/x/exec/y/start', 'container.start'],
    ['POST', '/exec/a/b/start', 'exec.start'],
    ['GET', '/containers/x/attach/ws/json', 'container.inspect'],
    ['GET', '/containers/json/json', 'container.inspect'],
    ['GET', '/images/get', 'image.save'],
    ['GET', '/volumes/', 'volume.inspect'],
    ['GET', '/networks/', 'network.list'],
    ['DELETE', '/containers/', 'container.remove'],
    ['DELETE', '/containers/a/checkpoints/b', 'checkpoint.remove'],
    ['DELETE', '/containers/a/b/checkpoints/c', 'container.remove'],
  ])('reads %s %s as the daemon does: %s', (method, target, action) => {
    expect(actionOf(method, target)).toBe(action);
  });

  it.each([
    ['GET', '/v1.60/newthing'],
    ['GET', '/containers/json/'],
    ['GET', '/v1.41/Containers/json'],
    ['GET', '/V1.41/containers/json'],
    ['get', '/_ping'],
    ['HEAD', '/info'],
    ['PATCH', '/containers/x/archive'],
    ['TRACE', '/_ping'],
    ['GET', '/services/a/b'],
    ['GET', '/v1.41/v1.40/info'],
    ['GET', '/v1.41'],
    ['GET', '/v1.41/'],
    ['GET', '/'],
    ['GET', '/1'],
    ['GET', '/_pingx'],
    ['GET', '/info/x'],
    ['POST', '/commits'],
  ])('knows no route for %s %s', (method, target) => {
    expect(readOperation(method, target)).toMatchObject({
      action: 'unknown',
      effect: 'unknown',
      subject: { kind: 'none', names: [] },
      streaming: 'none',
      hijack: undefined,
      stream: false,
    });
  });

  it.each([
    ['/images/create', 'image.import'],
    ['/images/create?fromSrc=-', 'image.import'],
    ['/images/create?fromImage=', 'image.import'],
    ['/images/create?fromImage=&fromImage=busybox', 'image.import'],
    ['/images/create?FROMIMAGE=busybox', 'image.import'],
    ['/images/create?fromImage=busybox', 'image.pull'],
    ['/v1.24/images/create?fromSrc=-&fromImage=busybox', 'image.pull'],
    ['/images/create?from%49mage=%62usybox', 'image.pull'],
  ])('reads POST %s as %s, by the value that the daemon reads', (target, action) => {
    expect(actionOf('POST', target)).toBe(action);
  });

  it.each([
    ['/containers/x/start', 'container.start', 'write'],
    ['/containers/x/start?checkpoint=&checkpoint-dir=', 'container.start', 'write'],
    ['/containers/x/start?Checkpoint=c&detachKeys=q', 'container.start', 'write'],
    ['/containers/x/start?checkpoint=&checkpoint=c', 'container.start', 'write'],
    ['/containers/x/start?checkpoint=c', 'container.restore', 'host-admin'],
    ['/v1.24/containers/x/start?check%70oint-dir=/etc', 'container.restore', 'host-admin'],
  ])('reads POST %s as %s, which is %s', (target, action, effect) => {
    expect(readOperation('POST', target)).toMatchObject({ action, effect });
  });

  it.each([
    ['/images/create?fromImage=%ff', 'fromImage'],
    ['/containers/x/start?checkpoint=%ff', 'checkpoint'],
    ['/containers/x/start?checkpoint-dir=%ff', 'checkpoint-dir'],
  ])('refuses POST %s, of which no text can say what it does', (target, key) => {
    expect(refusalOf(() => readOperation('POST', target)).message).toBe(
      `refused: the parameter "${key}" is no UTF-8`,
    );
  });

  it.each([
    ['/info', undefined],
    ['/v1.41/info', { major: 1, minor: 41 }],
    ['/v9.0/info', { major: 9, minor: 0 }],
    ['/v1.60/newthing', { major: 1, minor: 60 }],
    ['/v1.41', { major: 1, minor: 41 }],
  ])('keeps the version of %s: %o', (target, version) => {
    expect(readOperation('GET', target).version).toEqual(version);
  });

  it.each(['/', '/v1.41', '/v1.41/anything/at/all', '/containers/create'])(
    'reads OPTIONS %s as one of nothing',
    (target) => {
      expect(readOperation('OPTIONS', target)).toMatchObject({
        action: 'http.options',
        effect: 'meta',
        subject: { kind: 'none', names: [] },
      });
    },
  );

  it.each([
    ['HEAD', '/_ping', 'system.ping'],
    ['HEAD', '/containers/x/archive', 'container.archive_stat'],
    ['HEAD', '/containers/json', 'unknown'],
  ])('reads %s %s as %s', (method, target, action) => {
    expect(actionOf(method, target)).toBe(action);
  });

  it.each([
    ['GET', '/v1.41/containers%2fjson'],
    ['GET', '/v1.41%2fcontainers/json'],
    ['POST', '/containers/a%2Fb/exec'],
    ['POST', '/exec/x%2fstart'],
    ['GET', '/volumes/a%2fb'],
    ['GET', '/services/a%2fb'],
    ['GET', '/new%2fthing'],
    ['OPTIONS', '/a%2fb'],
  ])('refuses an escaped slash where the path names no image: %s %s', (method, target) => {
    expect(refusalOf(() => readOperation(method, target))).toMatchObject({
      code: 'REQUEST_AMBIGUOUS',
      message: 'refused: "%2F" where the path names no image',
    });
  });

  it.each([
    ['GET', '/images/library%2Fbusybox/json', 'image.inspect', '/images/library/busybox/json'],
    ['DELETE', '/images/a%2fb', 'image.remove', '/images/a/b'],
    ['POST', '/v1.41/images/r:5000%2Fa/push', 'image.push', '/v1.41/images/r:5000/a/push'],
    ['GET', '/distribution/a%2fb/json', 'distribution.inspect', '/distribution/a/b/json'],
    ['POST', '/plugins/a%2fb/enable', 'plugin.enable', '/plugins/a/b/enable'],
  ])(
    'decodes the reference of an image or plugin: %s %s is %s of %s',
    (method, target, action, path) => {
      const operation = readOperation(method, target);
      expect(operation).toMatchObject({ action, target: { path } });
    },
  );

  it.each([
    ['POST', '/containers/x/attach', 'tcp'],
    ['POST', '/exec/x/start', 'tcp'],
    ['GET', '/containers/x/attach/ws', 'websocket'],
    ['POST', '/session', 'h2c'],
    ['POST', '/grpc', 'h2c'],
  ])('lets %s %s be upgraded to %s, and counts it as a stream', (method, target, hijack) => {
    expect(readOperation(method, target)).toMatchObject({ hijack, stream: true });
  });

  it.each([
    ['GET', '/containers/x/attach'],
    ['POST', '/containers/x/attach/ws'],
    ['GET', '/session'],
    ['GET', '/info'],
    ['OPTIONS', '/session'],
  ])('lets %s %s not be upgraded at all', (method, target) => {
    expect(readOperation(method, target).hijack).toBeUndefined();
  });
});

/** What Go saw of a row: method, and target as bytes in Latin-1 (which is how Node gives them). */
function requestLine(request: string): readonly [method: string, target: string] {
  const line = Buffer.from(request).toString('latin1').split('\r\n', 1)[0] ?? '';
  const from = line.indexOf(' ');
  return [line.slice(0, from), line.slice(from + 1, line.lastIndexOf(' '))];
}

function read(method: string, target: string): Operation | undefined {
  try {
    return readOperation(method, target);
  } catch (error) {
    if (error instanceof CallError) return undefined;
    throw error;
  }
}

function expectSameReading(operation: Operation, answer: GoAnswer): void {
  if (answer.status === 404) {
    expect(operation.action).toBe('unknown');
    return;
  }
  // Redirects and Go's own 400 are never anything that may go on.
  expect(answer.status).toBe(200);
  // A HEAD has no body that would tell the route.
  if (answer.route === undefined) {
    expect(operation.action).toMatch(/^(?!unknown)/);
    return;
  }
  const { method = '', route, vars = {}, query } = answer;
  expect(actionsOf(method, route)).toContain(operation.action);
  expect(operation.method).toBe(method);
  expect(operation.target.route).toBe(fillRoute(route, vars));
  expect(operation.target.version).toBe(vars['version']);
  expect(operation.target.query).toBe(query);
}

describe('against Go and gorilla/mux, readOperation', () => {
  const rows = GO_ROUTING.map((row) => [...requestLine(row.request), row] as const);

  it.each(rows)('reads %s %s as Go does, or refuses it', (method, target, row) => {
    const operation = read(method, target);
    if (operation !== undefined) expectSameReading(operation, row.answers[0] ?? { status: 0 });
  });

  it('refuses nothing that clients send', () => {
    const plain = rows.filter(([, target]) => /^\/(?:v1\.\d\d\/)?[a-z_/]+(?:\?|$)/.test(target));
    expect(plain.length).toBeGreaterThan(30);
    for (const [method, target] of plain) {
      if (/[;/]{2}/.test(target) || target.includes(';')) continue;
      expect(read(method, target), `${method} ${target}`).toBeDefined();
    }
  });

  it('reads what clients ask for again once', () => {
    const again = [
      ['GET', '/_ping'],
      ['GET', '/v1.47/containers/json'],
      ['GET', '/containers/json?all=1'],
      ['GET', '/containers/web/json'],
      ['POST', '/containers/web/start'],
    ] as const;
    for (const [method, target] of again) {
      expect(readOperation(method, target).isShared).toBe(true);
      expect(readOperation(method, target)).toBe(readOperation(method, target));
    }
  });

  it('keeps nothing that is no call of the daemon, is long, or may hold a secret', () => {
    const others = [
      ['GET', '/nothing/here'],
      ['GET', `/containers/${'x'.repeat(256)}/json`],
      ['POST', '/build?buildargs={"TOKEN":"x"}'],
      ['POST', '/containers/create?name=web'],
    ] as const;
    for (const [method, target] of others) {
      expect(readOperation(method, target).isShared).toBe(false);
      expect(readOperation(method, target)).not.toBe(readOperation(method, target));
    }
  });

  it('tells operations apart that are kept', () => {
    expect(readOperation('GET', '/containers/a/json').subject.names).toEqual(['a']);
    expect(readOperation('GET', '/containers/b/json').subject.names).toEqual(['b']);
    expect(readOperation('HEAD', '/containers/a/archive?path=/').action).toBe(
      'container.archive_stat',
    );
    expect(readOperation('GET', '/containers/a/archive?path=/').action).toBe(
      'container.archive_get',
    );
  });

  it('reads the same whatever was read before, and however much of it', () => {
    const targets = Array.from({ length: 1_000 }, (_, at) => [
      `/v1.${at % 100}/info`,
      `/v${1 + Math.floor(at / 100)}.${at % 100}/containers/json`,
    ]).flat();
    for (const target of targets) {
      const operation = readOperation('GET', target);
      expect(operation.target.path).toBe(target);
      expect(operation.action).toBe(target.endsWith('/info') ? 'system.info' : 'container.list');
    }
    // Another method with the same target is another thing.
    expect(readOperation('HEAD', '/_ping').method).toBe('HEAD');
    expect(readOperation('GET', '/_ping').method).toBe('GET');
    expect(() => readOperation('GET', '/v01.40/info')).toThrow(CallError);
  });
});
