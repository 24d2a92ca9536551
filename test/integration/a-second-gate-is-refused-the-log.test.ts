import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';

const start = useGate();
const directory = mkdtempSync(join(tmpdir(), 'dockgate-second-'));
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

it('refuses to start on a log that another gate writes, and starts once that has stopped', async () => {
  const auditLog = join(directory, 'audit.jsonl');
  const first = await start({ auditLog });
  await expect(start({ auditLog })).rejects.toMatchObject({ code: 'AUDIT_LOCKED', exitCode: 1 });
  await first.gate.stop(0);
  await expect(start({ auditLog })).resolves.toBeDefined();
});
