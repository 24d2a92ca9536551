import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { keyId } from '../../../src/audit/chain/checkpoint.ts';
import { GENESIS } from '../../../src/audit/chain/link.ts';
import { PartedRecord } from '../../../src/audit/chain/record.ts';
import { Verifier } from '../../../src/audit/chain/verify.ts';
import type { BodyOf } from '../../../src/audit/detail/bodies.ts';
import { createTrail, type TrailLog } from '../../../src/audit/trail.ts';
import { ChainedLog } from '../../../src/audit/write/log.ts';
import { isBodyAction } from '../../../src/docker-api/body/bodies.ts';
import { readBody } from '../../../src/docker-api/body/read-body.ts';
import { readOperation } from '../../../src/docker-api/operation.ts';
import type { Outcome } from '../../../src/exchange.ts';
import { EVENTS, expectValidEvent } from '../../support/event-schema.ts';
import { SETTINGS } from '../helpers/audit.ts';
import { exchangeOf } from '../helpers/exchange.ts';
import { MemoryTarget } from '../helpers/memory-target.ts';

const PAGE = new URL('../../../docs/audit-format.md', import.meta.url);

/** A key for this page only: the seed of Ed25519 is any 32 bytes (RFC 8410, PKCS #8). */
const privateKey = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]),
  format: 'der',
  type: 'pkcs8',
});
const publicKey = createPublicKey(privateKey);
const ID = keyId(publicKey);

const EXEC = 'e'.repeat(64);
/** What the daemon says of the container. */
const WEB = { id: 'c'.repeat(64), name: 'web', image: 'app:1' };

/** A ping and an exec, as the gate writes them. */
async function sample(): Promise<string> {
  let time = Date.parse('2026-03-01T12:00:00.250Z');
  const target = new MemoryTarget();
  const parts = {
    ...{ file: 'audit.jsonl', target, key: { id: ID, key: privateKey }, now: () => time },
    start: { chain: '0f'.repeat(16), head: GENESIS, rest: Buffer.alloc(0), since: 0 },
    ...{ onRotated: () => undefined, isHeld: () => true },
  };
  const log = new ChainedLog(parts, SETTINGS);
  log.begin();
  let calls = 0;
  // What differs from run to run is made the same.
  const steady: TrailLog = {
    append: (told, urgency) => {
      const record = told instanceof PartedRecord ? told.whole() : told;
      const id = `00000000-0000-4000-8000-${String(calls).padStart(12, '0')}`;
      time += 40;
      log.append(
        {
          ...record,
          ...('id' in record && { id }),
          ...(record['duration_ms'] !== undefined && { duration_ms: 12.5 }),
          ...(record['time_to_first_byte_ms'] !== undefined && { time_to_first_byte_ms: 4.25 }),
        },
        urgency,
      );
    },
    recover: () => true,
    settled: () => undefined,
    failure: undefined,
  };
  const trail = createTrail(steady, { optionalReads: false, detail: 'standard' });
  const call = async (
    method: string,
    path: string,
    outcome: Partial<Outcome>,
    body?: object,
  ): Promise<void> => {
    calls += 1;
    const page = trail.call(
      await exchangeOf(`${method} ${path} HTTP/1.1\nHost: d\nUser-Agent: Docker-Client/28.2.2`),
    );
    const operation = readOperation(method, path);
    const { action, version } = operation;
    page.understood(operation);
    if (body !== undefined && isBodyAction(action)) {
      const { view } = readBody(action, version, Buffer.from(JSON.stringify(body)));
      page.body({ action, view } as BodyOf);
    }
    if (action === 'exec.create') page.target({ kind: operation.subject.kind, ...WEB });
    await page.intend(operation);
    page.close({
      ...{ status: 200, bytesIn: 0, bytesOut: 0, end: 'complete', answeredAt: performance.now() },
      ...outcome,
    });
  };
  trail.gate('gate-start', { listen: ['0.0.0.0:2376'], daemon: '/var/run/docker.sock' });
  await call('GET', '/_ping', { bytesOut: 2 });
  await call(
    'POST',
    '/v1.47/containers/web/exec',
    { status: 201, bytesIn: 113, bytesOut: 74, answer: Buffer.from(`{"Id":"${EXEC}"}`) },
    { Cmd: ['pg_dump', '--password', 'hunter2'], Env: ['PGUSER=app'], User: 'postgres', Tty: true },
  );
  await call(
    'POST',
    `/v1.47/exec/${EXEC}/start`,
    { status: 101, bytesIn: 28, bytesOut: 90_112, exitCode: 0 },
    { Detach: false, Tty: true },
  );
  trail.peerRefused({ remote: '198.51.100.4:40312', tls: 'TLSv1.3', reason: 'no certificate' });
  trail.gate('gate-stop', {});
  log.close();
  return target.text;
}

it('is what docs/audit-format.md shows: valid, chained and signed (TEST_UPDATE_DOCS=1 rewrites it)', async () => {
  const text = await sample();
  const page = readFileSync(PAGE, 'utf8');
  const block = `<!-- sample -->\n\n\`\`\`json lines\n${text}\`\`\`\n\n<!-- /sample -->`;
  const wanted = page.replace(/<!-- sample -->[^]*<!-- \/sample -->/, () => block);
  if (process.env['TEST_UPDATE_DOCS'] === '1') writeFileSync(PAGE, wanted);
  expect(readFileSync(PAGE, 'utf8')).toBe(wanted);

  const lines = text.trimEnd().split('\n');
  for (const line of lines) expectValidEvent(JSON.parse(line) as Record<string, unknown>);
  const verifier = new Verifier(new Map([[ID, publicKey]]));
  verifier.beginFile('sample');
  const bytes = Buffer.from(text);
  verifier.add({ bytes, start: 0, end: bytes.length, torn: false });
  expect(verifier.end()).toMatchObject({ problem: undefined, lines: 11, unprotected: 0 });
});

it('names every event of the schema in its table', () => {
  const page = readFileSync(PAGE, 'utf8');
  for (const event of EVENTS) expect(page).toContain(`\`${event}\``);
});
