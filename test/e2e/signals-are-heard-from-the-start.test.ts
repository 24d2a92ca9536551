import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAuditLines } from '../support/e2e/audit-lines.ts';
import { run, type Outcome } from '../support/e2e/child.ts';
import { Gate, PROGRAM } from '../support/e2e/gate.ts';
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

/** Signals the process as soon as it has its `COUNT`th listener for the signal; as PID 1, none before would count. */
const EARLIER = `
let listeners = 0;
process.on('newListener', (name) => {
  if (name !== process.env.SIGNAL) return;
  listeners += 1;
  if (listeners === Number(process.env.COUNT)) setImmediate(() => process.kill(process.pid, name));
});
`;

endToEndGate('a signal that comes as soon as the gate says that it listens', (world) => {
  const dir = join(world.dir, 'early-signals');
  const preload = join(dir, 'signaller.mjs');
  const earlier = join(dir, 'earlier.mjs');

  beforeAll(() => {
    mkdirSync(dir);
    writeFileSync(preload, SIGNALLER);
    writeFileSync(earlier, EARLIER);
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

  describe('PID 1, as which a container starts it,', () => {
    /** The built program in a PID namespace of its own. */
    const runAsInit = (certs: string, env: Record<string, string>): Promise<Outcome> => {
      const unshare = ['--pid', '--fork', '--kill-child', '--mount-proc'];
      const node = [process.execPath, '--import', earlier, PROGRAM, 'serve', '--init'];
      const args = ['--certs', certs, '--audit-log', `${certs}.jsonl`, '-H', 'tcp://127.0.0.1:0'];
      const daemon = ['--docker-host', `unix://${world.socket}`];
      return run('unshare', [...unshare, ...node, ...args, ...daemon], { env });
    };

    it('ends as by the signal while it still loads', async () => {
      const { code } = await runAsInit(join(dir, 'loading'), { SIGNAL: 'SIGTERM', COUNT: '1' });
      expect(code).toBe(128 + 15);
    });

    it('finishes its certificates, starts and stops, when it comes while they are made', async () => {
      const certs = join(dir, 'making');
      const { code, stderr } = await runAsInit(certs, { SIGNAL: 'SIGTERM', COUNT: '2' });
      expect(stderr.indexOf('SIGTERM: stopping')).toBeGreaterThan(-1);
      expect(stderr.indexOf('SIGTERM: stopping')).toBeLessThan(stderr.indexOf('"listening"'));
      expect(code).toBe(0);
      expect(readdirSync(certs)).toEqual(expect.arrayContaining(['ca.pem', 'server-cert.pem']));
      expect(readdirSync(certs)).not.toContain('.lock');
    });
  });
});
