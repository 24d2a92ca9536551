import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/index.ts';
import { initCertificates } from '../../src/pki/init.ts';
import { expectValidEvent } from '../support/event-schema.ts';
import { useGate, type GateOptions } from '../support/gate.ts';

const start = useGate();
let out = '';

beforeEach(() => {
  out = '';
  vi.stubEnv('SUDO_USER', undefined);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

type Made = Awaited<ReturnType<typeof initCertificates>>['issued'];

/** A directory of `init-certs` in place of the throwaway one. */
async function made(): Promise<{ options: Pick<GateOptions, 'prepare'>; issued: Made }> {
  const source = await mkdtemp(join(tmpdir(), 'dockgate-made-'));
  const { issued } = await initCertificates({ dir: source, sans: [], clients: ['alice'] });
  const prepare = async (dir: string): Promise<void> => {
    await rm(dir, { recursive: true });
    await cp(source, dir, { recursive: true });
    await rm(source, { recursive: true });
  };
  return { options: { prepare }, issued };
}

it('what was made for its start stands in its own log, before it listens', async () => {
  const { options, issued } = await made();
  const { audit } = await start({ ...options, issued });
  await audit.next({ event: 'gate-start' });
  const events = audit.all.map(({ event, kind }) => [event, kind]);
  expect(events.slice(0, 5)).toEqual([
    ['log-opened', undefined],
    ['checkpoint', undefined],
    ['certificate-issued', 'ca'],
    ['certificate-issued', 'server'],
    ['certificate-issued', 'client'],
  ]);
});

it('what commands do stands beside it, and is found with it', async () => {
  const { options } = await made();
  const { certsDir, auditLog, audit, gate } = await start(options);
  const log = ['--audit-log', auditLog];
  const certs = ['--certs', certsDir, ...log];
  expect(await run(['client', 'add', 'bob', ...certs])).toBe(0);
  expect(await run(['client', 'revoke', 'bob', '--reason', 'keyCompromise', ...certs])).toBe(0);
  await audit.next({ event: 'gate-reload' });
  for (const when of ['while it runs', 'when it has stopped']) {
    out = '';
    expect(await run(['audit', 'query', '--event', 'certificate-*', '--json', ...log])).toBe(0);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    lines.forEach(expectValidEvent);
    expect(lines.map(({ event, user, reason }) => [event, user, reason])).toEqual([
      ['certificate-revoked', 'bob', 'keyCompromise'],
      ['certificate-issued', 'bob', undefined],
    ]);
    expect(await run(['audit', 'verify', ...log]), when).toBe(0);
    await gate.stop(0);
  }
});
