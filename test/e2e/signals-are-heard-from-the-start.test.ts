import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { readAuditLines } from '../support/e2e/audit-lines.ts';
import { Gate } from '../support/e2e/gate.ts';
import { endToEndGate } from '../support/e2e/suite.ts';

/** Signals the process that loads it right behind the word that it listens: nobody can be quicker. */
const SIGNALLER = `
import fs from 'node:fs';
const real = fs.writeSync;
fs.writeSync = (...args) => {
  const written = real(...args);
  if (String(args[1]).includes('"msg":"listening"')) process.kill(process.pid, process.env.SIGNAL);
  return written;
};
`;

endToEndGate('a signal that comes as soon as the gate says that it listens', (world) => {
  const dir = join(world.dir, 'early-signals');
  const preload = join(dir, 'signaller.mjs');

  beforeAll(() => {
    mkdirSync(dir);
    writeFileSync(preload, SIGNALLER);
  });

  const start = (signal: NodeJS.Signals, auditLog: string): Promise<Gate> =>
    Gate.start({
      ...{ certs: join(dir, 'certs'), socket: world.socket, home: world.home, auditLog },
      ...{ node: ['--import', preload], env: { SIGNAL: signal } },
    });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s stops it, with exit code 0', async (signal) => {
    const auditLog = join(dir, `${signal}.jsonl`);
    const gate = await start(signal, auditLog);
    expect(await gate.child.outcome).toMatchObject({ code: 0, signal: null });
    // Behind it is the checkpoint that signs it.
    expect(readAuditLines(auditLog).at(-2)).toMatchObject({ event: 'gate-stop' });
  });

  it('SIGHUP makes it read everything anew', async () => {
    const gate = await start('SIGHUP', join(dir, 'hangup.jsonl'));
    await gate.child.waitFor(/"cause":"SIGHUP".*reloaded/, 'stderr');
    expect((await gate.stop()).code).toBe(0);
  });
});
