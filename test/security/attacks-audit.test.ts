import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { storyLines } from '../../src/cli/audit/show.ts';
import { Table } from '../../src/cli/audit/table.ts';
import { findCall } from '../../src/audit/read/call.ts';
import { findTrail } from '../../src/audit/read/files.ts';
import { expectValidEvent } from '../support/event-schema.ts';
import type { LogLine } from '../support/log-lines.ts';
import { useGate, type TestGate } from '../support/gate.ts';
import { requestBytes } from '../support/raw-client.ts';
import { ATTACH, openTunnel } from '../support/raw/hijack-client.ts';
import { answerAll, expectRefused } from '../support/security/attack.ts';
import { verifyLog } from '../unit/helpers/audit.ts';

const start = useGate();

async function startAnswering(): Promise<TestGate> {
  const gate = await start();
  answerAll(gate);
  return gate;
}

/** Sends a request as it stands, and gives the line of its end. */
async function lineOf(gate: TestGate, target: string): Promise<LogLine> {
  const client = await gate.connect();
  await client.send(requestBytes('GET', target));
  await client.readAnswer();
  return gate.audit.next({ event: 'call' });
}

const PRINTABLE = /^[\x20-\x7e\n]*$/;

it.each(['/containers/x%0d%0a{"fake":1}/json', '/info?a%0a=%0d%0a{"fake":1}', '/x%00/json'])(
  'AUD-001: a line end in %s makes no second line',
  async (target) => {
    const gate = await startAnswering();
    await lineOf(gate, target);
    const { all, text } = gate.audit;
    expect(text.trimEnd().split('\n')).toHaveLength(all.length);
    expect(all.filter((line) => 'fake' in line)).toEqual([]);
    expect(text).toMatch(PRINTABLE);
  },
);

it('AUD-002: no escape sequence reaches the file, nor a terminal through the viewers', async () => {
  const gate = await startAnswering();
  const line = await lineOf(gate, '/containers/%1b%5D0;pwn%07%E2%80%AE/json');
  expect(gate.audit.text).toMatch(PRINTABLE);
  const forged = {
    ...line,
    user: '\u001b[2J',
    reason: '\u202e\u009b31m',
    path: '\u001b]0;x\u0007',
  };
  const table = new Table(120);
  const shown = [
    table.row(forged),
    ...storyLines({ id: '\u001b', lines: [forged], around: [forged] }, 120),
  ];
  expect(shown.join('\n')).toMatch(/^[\x20-\x7e…\n]*$/);
});

it('AUD-003: quotes, separators, lone surrogates and invalid UTF-8 leave one valid JSON object', async () => {
  const gate = await startAnswering();
  for (const target of [
    '/a%22,%22user%22:%22root',
    '/a%E2%80%A8%E2%80%A9',
    '/a%FF%FE%80',
    '/a%ED%A0%80',
  ]) {
    const line = await lineOf(gate, target);
    expect(line['user']).toBe('alice');
  }
  expect(gate.audit.text).toMatch(PRINTABLE);
});

it('AUD-004: huge values are cut, and say how much was, and what the whole of it was by its hash', async () => {
  const gate = await startAnswering();
  const line = await lineOf(
    gate,
    `/containers/${'x'.repeat(16_000)}/json?filters=${'y'.repeat(16_000)}`,
  );
  const path = `/containers/${'x'.repeat(16_000)}/json`;
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 16);
  expect(line['path']).toBe(`${path.slice(0, 1_024)}…(+${path.length - 1_024}, sha256 ${hash})`);
  for (const text of gate.audit.text.split('\n')) expect(text.length).toBeLessThan(64 * 1024);
});

describe('AUD-005: a call that never ends well', () => {
  it('AUD-005: is written down before the daemon hears of it, and ends with what became of it', async () => {
    const gate = await start();
    const client = await gate.connect();
    await client.send(requestBytes('POST', '/containers/x/start'));
    await gate.daemon.nextCall();
    const intent = gate.audit.having({ event: 'intent' })[0];
    expect(intent).toMatchObject({ action: 'container.start' });
    client.destroy();
    const end = await gate.audit.next({ event: 'call' });
    expect(end).toMatchObject({ id: intent?.['id'], end: 'client-gone' });
  });

  it('AUD-005: is shown as one without an end where the gate was killed', async () => {
    const gate = await start();
    const client = await gate.connect();
    await client.send(requestBytes('POST', '/containers/x/start'));
    await gate.daemon.nextCall();
    const id = String(gate.audit.having({ event: 'intent' })[0]?.['id']);
    const found = await findCall(await findTrail(gate.auditLog), id, 0);
    if (found === undefined || 'ids' in found) throw new Error('not found');
    expect(storyLines(found, 100).join('\n')).toContain('It has no end');
  });

  it('AUD-005: gets its end at the next start where the gate was killed', async () => {
    const pending = await start();
    const client = await pending.connect();
    await client.send(requestBytes('POST', '/containers/x/start'));
    await pending.daemon.nextCall();
    // What a gate leaves that is killed now.
    const left = mkdtempSync(join(tmpdir(), 'dockgate-killed-'));
    onTestFinished(() => {
      rmSync(left, { recursive: true });
    });
    cpSync(dirname(pending.auditLog), left, { recursive: true });
    rmSync(join(left, `${basename(pending.auditLog)}.lock`), { force: true });
    const [intent] = pending.audit.having({ event: 'intent' });
    const next = await start({ auditLog: join(left, basename(pending.auditLog)) });
    const ends = readFileSync(next.auditLog, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as LogLine)
      .filter(({ event }) => event === 'call');
    for (const line of ends) expectValidEvent(line);
    const { id, user, path, action } = intent ?? {};
    expect(ends).toMatchObject([{ id, user, path, action, status: 0, end: 'gate-killed' }]);
    await next.gate.stop(0);
    expect((await verifyLog(next.auditLog)).problems).toEqual([]);
    const again = await start({ auditLog: next.auditLog });
    expect(readFileSync(again.auditLog, 'utf8').match(/"gate-killed"/g)).toHaveLength(1);
  });
});

it('AUD-006: a long stream has its line when it opens, and its bytes and duration when it ends', async () => {
  const { daemon, audit, connect } = await start();
  const client = await connect();
  const { container } = await openTunnel(client, daemon, ATTACH);
  const begun = await audit.next({ event: 'intent' });
  expect(audit.having({ event: 'call' })).toEqual([]);
  container.end();
  client.end();
  const ended = await audit.next({ event: 'call' });
  expect(ended).toMatchObject({ id: begun['id'], status: 101, bytes_in: 0, bytes_out: 0 });
  expect(ended['duration_ms']).toBeGreaterThan(0);
});

it('AUD-007: what is refused or malformed is written down, with the reason', async () => {
  const gate = await startAnswering();
  await expectRefused(gate, 'GET /v1..41/info HTTP/1.1\r\nHost: d\r\n\r\n');
  const [line] = gate.audit.having({ event: 'call', end: 'refused' });
  expect(line).toMatchObject({ user: 'alice', status: 400 });
  expect(String(line?.['reason'])).not.toBe('');
  const stranger = await gate.connect({ leaf: undefined });
  await stranger.send('GET /info HTTP/1.1\r\n\r\n');
  expect(await gate.audit.next({ event: 'peer-refused' })).toHaveProperty('reason');
});

/** A log of three calls, which the gate has closed. */
async function closedLog(): Promise<{ file: string; lines: string[] }> {
  const gate = await startAnswering();
  for (const name of ['a', 'b', 'c']) await lineOf(gate, `/containers/${name}/json`);
  await gate.gate.stop(0);
  return { file: gate.auditLog, lines: readFileSync(gate.auditLog, 'utf8').split(/(?<=\n)/) };
}

it.each<[string, (lines: string[]) => string[]]>([
  ['removed', (lines) => lines.toSpliced(4, 1)],
  ['edited', (lines) => lines.with(4, (lines[4] ?? '').replace('alice', 'mallo'))],
  ['moved', (lines) => lines.toSpliced(4, 1).toSpliced(2, 0, lines[4] ?? '')],
  ['doubled', (lines) => lines.toSpliced(4, 0, lines[4] ?? '')],
  ['forged', (lines) => lines.toSpliced(4, 0, '{"v":1,"event":"call","user":"bob"}\n')],
])('AUD-008: a line that was %s is found, and named', async (_, change) => {
  const { file, lines } = await closedLog();
  expect((await verifyLog(file)).problems).toEqual([]);
  writeFileSync(file, change(lines).join(''));
  const [problem] = (await verifyLog(file)).problems;
  expect(problem?.file).toBe(file);
  expect(problem?.line).toBeGreaterThanOrEqual(3);
  expect(problem?.line).toBeLessThanOrEqual(6);
});

it('AUD-008: a tail that was cut off is found where a head was kept elsewhere', async () => {
  const { file, lines } = await closedLog();
  const head = (await verifyLog(file)).chains[0]?.head.hash ?? '';
  writeFileSync(file, lines.slice(0, 2).join(''));
  expect((await verifyLog(file)).problems).toEqual([]);
  expect((await verifyLog(file, head)).problems).toHaveLength(1);
});

it('AUD-009: an older file that was put back is found where a later head was kept elsewhere', async () => {
  const gate = await startAnswering();
  await lineOf(gate, '/containers/a/json');
  const older = readFileSync(gate.auditLog);
  await lineOf(gate, '/containers/b/json');
  await gate.gate.stop(0);
  const head = (await verifyLog(gate.auditLog)).chains[0]?.head.hash ?? '';
  expect((await verifyLog(gate.auditLog, head)).problems).toEqual([]);
  writeFileSync(gate.auditLog, older);
  expect((await verifyLog(gate.auditLog, head)).problems[0]?.reason).toContain('cut off');
});

it('AUD-010: lines are counted on where the clock jumps backwards, and still verify', async () => {
  let time = Date.now();
  const gate = await start({ now: () => time });
  answerAll(gate);
  await lineOf(gate, '/containers/a/json');
  time -= 3_600_000;
  await lineOf(gate, '/containers/b/json');
  const seqs = gate.audit.all.map(({ seq }) => Number(seq));
  expect(seqs).toEqual(seqs.map((_, at) => at + 1));
  await gate.gate.stop(0);
  expect((await verifyLog(gate.auditLog)).problems).toEqual([]);
});

it.each([
  ['fromImage=busybox', 'image.pull'],
  ['fromSrc=-&repo=x', 'image.import'],
  ['fromImage=&fromSrc=-', 'image.import'],
])('AUD-011: /images/create?%s is recorded as %s', async (query, action) => {
  const gate = await startAnswering();
  const client = await gate.connect();
  await client.call('POST', `/images/create?${query}`);
  expect(await gate.audit.next({ event: 'intent' })).toMatchObject({ action });
});

it('AUD-012: a detached exec, whose output nobody sees, has its lines', async () => {
  const gate = await startAnswering();
  const client = await gate.connect();
  const options = {
    headers: [['Content-Type', 'application/json']],
    body: '{"Detach":true}',
  } as const;
  await client.call('POST', '/exec/abc/start', options);
  const intent = await gate.audit.next({ event: 'intent' });
  expect(intent).toMatchObject({ action: 'exec.start', target: { kind: 'exec', asked: ['abc'] } });
  expect(await gate.audit.next({ event: 'call' })).toMatchObject({ id: intent['id'] });
});
