import fs, { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PageOptions } from '../../../src/audit/call-page.ts';
import { createTrail, type Trail } from '../../../src/audit/trail.ts';
import { readOperation } from '../../../src/docker-api/operation.ts';
import type { Exchange, Outcome } from '../../../src/exchange.ts';
import type { Gathers } from '../../../src/audit/write/log-parts.ts';
import type { OpenLog } from '../../../src/audit/write/open.ts';
import { expectValidEvent } from '../../support/event-schema.ts';
import { linesOf as allLinesOf, openTestLog, recordsOf, type Line } from '../helpers/audit.ts';
import { brokenLog } from '../helpers/broken-log.ts';
import { ALICE, exchangeOf } from '../helpers/exchange.ts';
import { fillDisk } from '../helpers/full-disk.ts';
import { PROPERTY } from '../helpers/property.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const NOW = Date.parse('2026-03-01T12:00:00.250Z');
const COMPLETE: Outcome = { status: 200, bytesIn: 0, bytesOut: 12, end: 'complete' };
const REFUSED: Outcome = {
  status: 400,
  bytesIn: 0,
  bytesOut: 0,
  end: 'refused',
  reason: 'refused: because',
};

const opened: OpenLog[] = [];

afterEach(() => {
  for (const log of opened.splice(0)) log.close();
});

/** What a log tells, besides of itself. Every line has to be as the schema says. */
function linesOf(file: string): Line[] {
  for (const line of allLinesOf(file)) expectValidEvent(line);
  return recordsOf(file);
}

/** A trail whose key is elsewhere, since a broken log is in no directory of its own. */
async function trailIn(
  file?: string,
  options?: PageOptions,
  gathers?: Gathers,
): Promise<{ trail: Trail; file: string; log: OpenLog['log'] }> {
  const keyFile = join(temporaryDirectory(), 'key.pem');
  const log = await openTestLog(file, { now: () => NOW, keyFile, ...(gathers && { gathers }) });
  opened.push(log);
  return {
    trail: createTrail(log.log, options ?? { optionalReads: false, detail: 'standard' }),
    file: log.file,
    log: log.log,
  };
}

const get = (target: string): Promise<Exchange> => exchangeOf(`GET ${target} HTTP/1.1\nHost: d`);

/** What the request line says may be anything: Node is not asked. */
async function exchangeWith(method: string, url: string): Promise<Exchange> {
  const exchange = await get('/info');
  Object.assign(exchange.request, { method, url });
  return exchange;
}

describe('a call in the trail', () => {
  it('that is harmless is one line when it has ended, with who, what and how', async () => {
    const { trail, file } = await trailIn();
    const page = trail.call(await get('/v1.41/images/json?all=1'));
    void page.intend(readOperation('GET', '/v1.41/images/json?all=1'));
    expect(linesOf(file)).toEqual([]);
    page.close(COMPLETE);
    expect(linesOf(file)).toEqual([
      {
        v: 1,
        seq: 3,
        prev: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        time: '2026-03-01T12:00:00.250Z',
        event: 'call',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        user: 'alice',
        serial: '0A1B',
        fingerprint: 'ab'.repeat(32),
        remote: '192.0.2.7:51234',
        tls: 'TLSv1.3',
        cipher: 'TLS_AES_128_GCM_SHA256',
        method: 'GET',
        path: '/v1.41/images/json',
        api_version: '1.41',
        query: { all: '1' },
        action: 'image.list',
        effect: 'read',
        status: 200,
        duration_ms: expect.any(Number) as number,
        bytes_in: 0,
        bytes_out: 12,
        end: 'complete',
      },
    ]);
  });

  it.each([
    ['POST', '/containers/x/attach', 'container.attach'],
    ['GET', '/events', 'system.events'],
    ['GET', '/containers/x/logs?follow=1', 'container.logs'],
    ['GET', '/containers/x/stats', 'container.stats'],
    ['POST', '/containers/create', 'container.create'],
    ['GET', '/containers/x/json', 'container.inspect'],
    ['DELETE', '/volumes/x', 'volume.remove'],
    ['GET', '/new/thing', 'unknown'],
  ])(
    'that changes or reveals something, or may last, %s %s, has a line at its start with the same id',
    async (method, target, action) => {
      const { trail, file } = await trailIn();
      const page = trail.call(await exchangeWith(method, target));
      void page.intend(readOperation(method, target));
      const [start] = linesOf(file);
      expect(start).toMatchObject({ event: 'intent', user: 'alice', method, action });
      expect(start).not.toHaveProperty('status');
      page.close(COMPLETE);
      const lines = linesOf(file);
      expect(lines.map(({ event }) => event)).toEqual(['intent', 'call']);
      expect(lines[1]?.['id']).toBe(start?.['id']);
    },
  );

  it('has an id of its own', async () => {
    const { trail, file } = await trailIn();
    for (const exchange of [await get('/info'), await get('/info')]) {
      trail.call(exchange).close(COMPLETE);
    }
    const [first, second] = linesOf(file);
    expect(first?.['id']).not.toBe(second?.['id']);
  });

  it('that was refused unread has its method and path, but nothing of its query', async () => {
    const { trail, file } = await trailIn();
    trail.call(await get('/v1..41/build?buildargs=s3cret')).close(REFUSED);
    const [line] = linesOf(file);
    expect(line).toMatchObject({
      path: '/v1..41/build',
      end: 'refused',
      reason: 'refused: because',
    });
    expect(line).not.toHaveProperty('query');
    expect(line).not.toHaveProperty('action');
    expect(readFileSync(file, 'utf8')).not.toContain('s3cret');
  });

  it('that was refused once it was understood says what it was', async () => {
    const { trail, file } = await trailIn();
    const page = trail.call(await exchangeWith('POST', '/containers/create?name=a'));
    page.understood(readOperation('POST', '/containers/create?name=a'));
    expect(linesOf(file)).toEqual([]);
    page.close(REFUSED);
    expect(linesOf(file)).toEqual([
      expect.objectContaining({
        event: 'call',
        path: '/containers/create',
        query: { name: 'a' },
        action: 'container.create',
        end: 'refused',
      }),
    ]);
  });

  it('shows no header and no secret of the query', async () => {
    const { trail, file } = await trailIn();
    const target = '/build?buildargs=s3cret&t=app';
    const exchange = await exchangeOf(`POST ${target} HTTP/1.1
      Host: d
      X-Registry-Auth: s3cret
      X-Registry-Config: s3cret
      Authorization: s3cret`);
    const page = trail.call(exchange);
    void page.intend(readOperation('POST', target));
    page.close(COMPLETE);
    expect(readFileSync(file, 'utf8')).not.toContain('s3cret');
    expect(linesOf(file).at(-1)?.['query']).toEqual({ buildargs: '***', t: 'app' });
  });
});

describe('values from the wire', () => {
  it('cannot break or forge a line, whatever they are', async () => {
    const exchange = await get('/info');
    const { trail, file } = await trailIn();
    let count = 0;
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '\n{"event":"gate-stop"}\n',
        '"},"user":"root"',
        '\u2028',
        '\ud800',
        '\x1b[2J',
      ),
    );
    fc.assert(
      fc.property(hostile, hostile, (method, url) => {
        Object.assign(exchange.request, { method, url });
        trail.call(exchange).close(REFUSED);
        count += 1;
        const lines = recordsOf(file);
        expect(lines).toHaveLength(count);
        expect(lines.at(-1)).toMatchObject({ event: 'call', user: 'alice', status: 400 });
      }),
      { ...PROPERTY, numRuns: 300 },
    );
  });

  it('cannot do so from within a reason either', async () => {
    const { trail, file } = await trailIn();
    trail.malformed(ALICE, 'a\r\n{"event":"gate-stop"}\u0000"},"user":"root');
    trail.peerRefused({ remote: 'unknown', reason: '\n\n' });
    expect(linesOf(file)).toMatchObject([
      { event: 'call', user: 'alice' },
      { event: 'peer-refused', reason: '\n\n' },
    ]);
  });

  it('are cut to a length that a line can bear', async () => {
    const { trail, file } = await trailIn();
    trail.call(await exchangeWith('GET', `/${'\x01'.repeat(1_000_000)}`)).close(REFUSED);
    expect(readFileSync(file).length).toBeLessThan(9 * 1024);
  });
});

describe('other lines of the trail', () => {
  it('tell of bytes that were no request, and who sent them', async () => {
    const { trail, file } = await trailIn();
    trail.malformed(ALICE, 'refused: not a well-formed HTTP/1.1 request');
    expect(linesOf(file)).toMatchObject([
      { event: 'call', user: 'alice', status: 400, end: 'refused' },
    ]);
  });

  it('tell of a peer that was turned away, and of how many were not written', async () => {
    const { trail, file } = await trailIn();
    trail.peerRefused({ remote: '192.0.2.9:1', tls: 'TLSv1.3', reason: 'expired', suppressed: 7 });
    trail.peerRefused({ remote: '192.0.2.9:2', reason: 'expired', suppressed: undefined });
    const [first, second] = linesOf(file);
    expect(first).toMatchObject({ event: 'peer-refused', tls: 'TLSv1.3', suppressed: 7 });
    expect(second).not.toHaveProperty('suppressed');
  });

  it('tell when the gate started and stopped', async () => {
    const { trail, file } = await trailIn();
    trail.gate('gate-start', { listen: ['0.0.0.0:2376'] });
    trail.gate('gate-stop', {});
    expect(linesOf(file)).toMatchObject([
      { v: 1, event: 'gate-start', listen: ['0.0.0.0:2376'] },
      { v: 1, event: 'gate-stop' },
    ]);
  });
});

describe('a trail that cannot be written', () => {
  it('lets harmless reads through, and nothing else, where the configuration says so', async () => {
    const { trail } = await trailIn(brokenLog().file, { optionalReads: true, detail: 'standard' });
    const exchange = await get('/info');
    const info = trail.call(exchange);
    expect(info.intend(readOperation('GET', '/info'))).toBeUndefined();
    for (const target of ['/containers/x/json', '/containers/x/logs', '/images/x/get']) {
      const error = refusalOf(() => {
        void trail.call(exchange).intend(readOperation('GET', target));
      });
      expect(error.code).toBe('AUDIT_UNAVAILABLE');
    }
  });

  it('lets a call through again as soon as it can be written', async () => {
    const { file, mend } = brokenLog();
    const { trail } = await trailIn(file);
    mend();
    const page = trail.call(await get('/info'));
    expect(page.intend(readOperation('GET', '/info'))).toBeUndefined();
  });

  it('lets no call through from then on, and says why', async () => {
    const { trail } = await trailIn(brokenLog().file);
    trail.call(await get('/info')).close(COMPLETE);
    const page = trail.call(await get('/info'));
    const error = refusalOf(() => {
      void page.intend(readOperation('GET', '/info'));
    });
    expect(error).toMatchObject({ code: 'AUDIT_UNAVAILABLE', status: 503 });
    expect(error.message).toContain('ENOSPC');
  });

  it('lets not even the first call through where that call has a line at its start', async () => {
    const { trail } = await trailIn(brokenLog().file);
    const page = trail.call(await get('/events'));
    const error = refusalOf(() => {
      void page.intend(readOperation('GET', '/events'));
    });
    expect(error.code).toBe('AUDIT_UNAVAILABLE');
  });

  it('owns up to the lines that were lost before anything else, then goes on', async () => {
    const { file, mend } = brokenLog();
    const { trail } = await trailIn(file);
    trail.gate('gate-start', {});
    trail.call(await get('/lost')).close(COMPLETE);
    trail.malformed(ALICE, 'lost');
    mend();
    const page = trail.call(await get('/info'));
    void page.intend(readOperation('GET', '/info'));
    page.close(COMPLETE);
    trail.gate('gate-stop', {});
    expect(linesOf(file)).toMatchObject([
      { event: 'gap', lost: 3, reason: 'ENOSPC' },
      { event: 'call', path: '/info', status: 200 },
      { event: 'gate-stop' },
    ]);
  });

  it('owns up once, and again only after a new loss', async () => {
    const { file, mend } = brokenLog();
    const { trail } = await trailIn(file);
    trail.gate('gate-start', {});
    mend();
    trail.gate('gate-start', {});
    trail.gate('gate-stop', {});
    expect(linesOf(file).map(({ event }) => event)).toEqual(['gap', 'gate-start', 'gate-stop']);
  });
});

describe('a line that could not be written, of a log that can be written again at once', () => {
  it('is written then, before its call goes on', async () => {
    const { trail, file } = await trailIn();
    const page = trail.call(await get('/info'));
    vi.spyOn(fs, 'writeSync').mockImplementationOnce(() => {
      throw Object.assign(new Error('try again'), { code: 'EAGAIN' });
    });
    await page.intend(readOperation('POST', '/containers/x/start'));
    expect(linesOf(file)).toMatchObject([
      { event: 'gap', lost: 1, reason: 'EAGAIN' },
      { event: 'intent', action: 'container.start' },
    ]);
  });
});

const GATHERS = { lookMs: 0 };

describe('a trail whose lines are gathered', () => {
  const STANDARD: PageOptions = { optionalReads: false, detail: 'standard' };

  it('lets a call go on once its intent is written, together with those of others', async () => {
    const { trail, file } = await trailIn(undefined, STANDARD, GATHERS);
    const exchange = await get('/info');
    const start = (name: string) =>
      trail.call(exchange).intend(readOperation('POST', `/containers/${name}/start`));
    const intents = [start('one'), start('two')];
    expect(linesOf(file)).toEqual([]);
    await intents[0];
    expect(linesOf(file)).toMatchObject([
      { event: 'intent', target: { asked: ['one'] } },
      { event: 'intent', target: { asked: ['two'] } },
    ]);
  });

  it.each([
    { title: 'a call that changes something', method: 'POST', target: '/containers/x/start' },
    { title: 'a harmless read that may last', method: 'GET', target: '/containers/x/stats' },
  ])('lets $title not even begin where it cannot be written', async ({ method, target }) => {
    const { trail } = await trailIn(undefined, STANDARD, GATHERS);
    const page = trail.call(await get('/info'));
    const mend = fillDisk();
    const intended = page.intend(readOperation(method, target));
    await expect(intended).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE', status: 503 });
    mend();
  });

  it('lets harmless reads through where the configuration says so, and keeps none waiting', async () => {
    const options: PageOptions = { optionalReads: true, detail: 'standard' };
    const { trail, file } = await trailIn(undefined, options, GATHERS);
    const exchange = await get('/info');
    const mend = fillDisk();
    for (const target of ['/info', '/containers/x/stats']) {
      expect(trail.call(exchange).intend(readOperation('GET', target))).toBeUndefined();
    }
    await new Promise(setImmediate);
    mend();
    trail.gate('gate-stop', {});
    expect(linesOf(file)).toMatchObject([{ event: 'gap', lost: 1 }, { event: 'gate-stop' }]);
  });
});
