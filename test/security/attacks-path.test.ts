import { describe, expect, it } from 'vitest';
import { useGate, type TestGate } from '../support/gate.ts';
import {
  answerAll,
  exchange,
  expectRefused,
  head,
  linesOf,
  refusalIn,
} from '../support/security/attack.ts';

const start = useGate();

/** Rows whose target the daemon would clean, redirect, or read otherwise than we do. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'PATH-003: a slash that is written as %2F separates nothing': [
    'GET /v1.41/containers%2fjson',
    'GET /v1.41%2Fcontainers/json',
    'POST /exec/x%2fstart',
    'POST /containers/a%2fb/exec',
    'POST /containers/x%2fexec/start',
    'DELETE /volumes/a%2Fb',
    'GET /no/such%2froute',
  ],
  'PATH-005: a double slash is refused where the daemon would redirect': [
    'GET //v1.41/info',
    'GET /v1.41//info',
    'POST /containers//start',
    'GET /info//',
    'POST /containers/%2f/start',
    'GET //evil.example/info',
  ],
  'PATH-006: a dot segment is refused where the daemon would redirect': [
    'GET /v1.41/x/../info',
    'GET /./info',
    'GET /info/.',
    'GET /info/..',
    'POST /%2e%2e/images/prune',
    'POST /containers/%2E./images/prune',
    'POST /containers/..%2f..%2fimages%2fprune/start',
    'GET /..',
  ],
  'PATH-007: nothing is decoded twice': [
    'GET /containers/%252e%252e/json',
    'GET /images/a%252fb/json',
    'GET /%2569nfo',
    'GET /containers/%25/json',
  ],
  'PATH-008: a backslash is refused': [
    'GET /v1.41\\containers\\json',
    'GET /containers/..%5c..%5cinfo/json',
    'GET \\info',
  ],
  'PATH-010: an odd version is refused': [
    'GET /v1..41/info',
    'GET /v./info',
    'GET /v9999/info',
    'GET /v1.41.0.0/info',
    'GET /v01.041/info',
    'GET /v1.041/info',
    'GET /v1./info',
    'GET /v.41/info',
    'GET /v1/info',
    'GET /%761..41/info',
    'GET /v1%2e%2e41/info',
  ],
  'PATH-012: an escape that decodes to a control character is refused': [
    'POST /containers/%00/start',
    'POST /containers/a%0ab/start',
    'POST /containers/a%0d/start',
    'POST /containers/a%7f/start',
    'POST /containers/a%09/start',
    'POST /containers/a%1b/start',
  ],
  'PATH-012: a raw control character is refused': [
    'POST /containers/a\0/start',
    'POST /containers/a\x01/start',
    'POST /containers/a\x0b/start',
    'POST /containers/a\x7f/start',
    'POST /containers/a\r/start',
  ],
  'PATH-013: an escape that decodes to no ASCII is refused': [
    'GET /containers/%ff/json',
    'GET /containers/%c0%af/json',
    'GET /containers/%c0%ae%c0%ae/json',
    'GET /containers/%e2%80%a8/json',
    'GET /containers/%ef%bc%8f/json',
  ],
  'PATH-014: a raw byte that is no ASCII is refused': [
    'GET /containers/\xc3\xa9/json',
    'GET /containers/\xff/json',
    'GET /in\xc2\xadfo',
  ],
  'PATH-015: a fragment is refused': ['GET /info#x', 'GET /info?a=1#x', 'GET /info%23x', 'GET #'],
};

const REFUSED_ROWS = Object.entries(REFUSED).flatMap(([row, targets]) =>
  targets.map((target) => [row, target] as const),
);

/** What the daemon was asked, and what the record says that it was. */
interface Seen {
  readonly target: string;
  readonly action: unknown;
  readonly status: unknown;
}

async function forwarded(gate: TestGate, line: string): Promise<Seen> {
  answerAll(gate, 404);
  const { client } = await exchange(gate, head(`${line} HTTP/1.1`, 'Host: d'));
  expect(gate.daemon.calls.all).toHaveLength(1);
  const [call] = gate.daemon.calls.all;
  const [record] = linesOf(gate, client);
  expect(linesOf(gate, client)).toHaveLength(1);
  expect(call?.method).toBe(line.split(' ')[0]);
  return {
    target: call?.target ?? '',
    action: record?.['action'],
    status: record?.['status'],
  };
}

describe('a target that the daemon could read otherwise', () => {
  it.each(REFUSED_ROWS)('%s: %j', async (_, line) => {
    await expectRefused(await start(), head(`${line} HTTP/1.1`, 'Host: d'));
  });
});

describe('a target that means the same to both', () => {
  it.each([
    ['PATH-001: the case of a version is kept, and it is none', 'GET /V1.41/containers/json'],
    ['PATH-001: the case of a path is kept, and it is no route', 'GET /v1.41/Containers/json'],
    ['PATH-009: a trailing slash is kept, and it is no route', 'GET /containers/json/'],
    ['PATH-009: a trailing slash is kept, and it is no ping', 'GET /_ping/'],
    ['PATH-010: a second version is part of the path', 'GET /v1.41/v1.40/containers/json'],
    ['PATH-017: a route that nobody knows yet is recorded as unknown', 'GET /v1.60/newthing'],
    ['PATH-017: so is a new one below an old one', 'POST /v1.60/containers/x/newthing'],
  ])('%s: %s', async (_, line) => {
    const seen = await forwarded(await start(), line);
    expect(seen).toEqual({ target: line.split(' ')[1], action: 'unknown', status: 404 });
  });

  it.each([
    ['GET /%63ontainers/json', '/containers/json', 'container.list'],
    ['GET /v1.41/%69nfo', '/v1.41/info', 'system.info'],
    ['GET /%76%31.41/info', '/v1.41/info', 'system.info'],
    [
      'POST /containers/%61%62/kill?signal=%53IGKILL',
      '/containers/ab/kill?signal=%53IGKILL',
      'container.kill',
    ],
    ['GET /images/a%2fb:tag/json', '/images/a/b:tag/json', 'image.inspect'],
    ['GET /containers/a%20b/json', '/containers/a%20b/json', 'container.inspect'],
    ['GET /containers/a%3ab/json', '/containers/a:b/json', 'container.inspect'],
  ])('PATH-002: %s is decoded once and goes up as %s', async (line, target, action) => {
    expect(await forwarded(await start(), line)).toEqual({ target, action, status: 404 });
  });

  it.each([
    ['POST /containers/create/exec', 'exec.create'],
    ['POST /containers/create/start', 'container.start'],
    ['POST /containers/x/exec/y/start', 'container.start'],
    ['GET /containers/x/attach/ws/json', 'container.inspect'],
    ['GET /containers/json/json', 'container.inspect'],
    ['POST /exec/a/b/resize', 'exec.resize'],
    ['GET /exec/a/b/json', 'exec.inspect'],
    ['DELETE /containers/a/checkpoints/b', 'checkpoint.remove'],
    ['DELETE /containers/a/b/checkpoints/c', 'container.remove'],
    ['GET /images/get/get', 'image.save'],
    ['POST /services/a/b/update', 'unknown'],
  ])('PATH-004: %s is recorded as what the daemon makes of it: %s', async (line, action) => {
    const seen = await forwarded(await start(), line);
    expect(seen).toEqual({ target: line.split(' ')[1], action, status: 404 });
  });

  it.each([
    ['GET /networks/', 'network.list'],
    ['GET /volumes/', 'volume.inspect'],
    ['DELETE /containers/', 'container.remove'],
    ['DELETE /images/', 'image.remove'],
  ])('PATH-009: %s is a route of its own and recorded as %s', async (line, action) => {
    const seen = await forwarded(await start(), line);
    expect(seen).toEqual({ target: line.split(' ')[1], action, status: 404 });
  });

  it.each(['POST /v1.24/volumes/prune', 'POST /v1.39/containers/create', 'GET /v1.99/info'])(
    'PATH-011: the version of %s reaches daemon and record as it is',
    async (line) => {
      const gate = await start();
      const seen = await forwarded(gate, line);
      expect(seen.target).toBe(line.split(' ')[1]);
      expect(gate.audit.having({ event: 'call', path: seen.target })).toHaveLength(1);
    },
  );

  it.each([
    ['GET /debug/pprof/heap', 'debug.pprof.named'],
    ['GET /debug/pprof/profile', 'debug.pprof.profile'],
    ['GET /v1.44/debug/vars', 'debug.vars'],
  ])('PATH-016: %s goes up under a name that a policy can deny: %s', async (line, action) => {
    const seen = await forwarded(await start(), line);
    expect(seen).toEqual({ target: line.split(' ')[1], action, status: 404 });
  });
});

it('PATH-010: the message never repeats the target', async () => {
  const gate = await start();
  const { answer } = await exchange(gate, head('GET /v1..41/<b>x</b> HTTP/1.1', 'Host: d'));
  expect(refusalIn(answer)).not.toMatch(/<b>|v1\.\.41/);
});

it.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', 'X-Original-URL'])(
  'PATH-018: %s changes neither what is sent nor what is recorded',
  async (name) => {
    const gate = await start();
    answerAll(gate);
    const { client } = await exchange(
      gate,
      head('GET /containers/x/json HTTP/1.1', 'Host: d', `${name}: DELETE`),
    );
    expect(gate.daemon.calls.all).toMatchObject([{ method: 'GET', target: '/containers/x/json' }]);
    expect(linesOf(gate, client)).toMatchObject([{ method: 'GET', action: 'container.inspect' }]);
  },
);
