import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { untilAuditLine } from '../support/e2e/audit-lines.ts';
import { docker, startDocker } from '../support/e2e/docker.ts';
import { Gate } from '../support/e2e/gate.ts';
import { PrivateDockerd } from '../support/private-dockerd.ts';
import { endToEndGate } from '../support/e2e/suite.ts';
import type { Outcome } from '../support/e2e/child.ts';

endToEndGate('a daemon may come and go behind the gate', (world) => {
  const daemon = new PrivateDockerd();
  const auditLog = join(world.dir, 'come-and-go.jsonl');
  let gate: Gate;
  const ps = (): Promise<Outcome> => docker(world.clis[0], gate.endpoint, ['ps', '-q']);

  beforeAll(async () => {
    const certs = join(world.dir, 'come-and-go-certs');
    gate = await Gate.start({ certs, auditLog, socket: daemon.socket, home: world.home });
  });
  afterAll(() => daemon.remove());

  it('before it has come, calls get a 502 that names the socket', async () => {
    const { code, stderr } = await ps();
    expect(code).toBe(1);
    expect(stderr).toContain(daemon.socket);
    expect(stderr).toContain('ENOENT');
    await untilAuditLine(auditLog, ({ status }) => status === 502);
  });

  it('once it has come, calls work', async () => {
    await daemon.start();
    expect(await ps()).toMatchObject({ code: 0, stderr: '' });
  });

  it('when it is killed, a stream ends and calls get a 502', async () => {
    const events = startDocker(world.clis[0], gate.endpoint, ['events']);
    await untilAuditLine(auditLog, (line) => line['event'] === 'intent');
    await daemon.kill();
    expect((await events.outcome).code).toBe(1);
    await untilAuditLine(auditLog, ({ end }) => end === 'daemon-gone');
    const { code, stderr } = await ps();
    expect(code).toBe(1);
    expect(stderr).toContain(daemon.socket);
    expect(stderr).toContain('ECONNREFUSED');
  });

  it('when it is back, calls work again', async () => {
    await daemon.start();
    expect(await ps()).toMatchObject({ code: 0, stderr: '' });
    await daemon.restart();
    expect(await ps()).toMatchObject({ code: 0, stderr: '' });
    expect((await gate.stop()).code).toBe(0);
  });
});
