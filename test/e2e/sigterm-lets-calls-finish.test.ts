import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readAuditLines, untilAuditLine, type AuditLine } from '../support/e2e/audit-lines.ts';
import { background, docker, RUN, startDocker } from '../support/e2e/docker.ts';
import { Gate } from '../support/e2e/gate.ts';
import { endToEndGate } from '../support/e2e/suite.ts';
import { IMAGE, type World } from '../support/e2e/world.ts';

const TALK = ['sh', '-c', 'while :; do echo talk; sleep 0.05; done'];

endToEndGate('SIGTERM', (world) => {
  const [cli] = world.clis;

  it('lets a call in flight finish, takes no new one, and ends with code 0', async () => {
    const { gate, auditLog } = await startGate(world, 'finish', []);
    const args = [...RUN, '-i', IMAGE, 'cat'];
    const client = startDocker(cli, gate.endpoint, args, { stdin: 'open' });
    client.stdin.write('before\n');
    await client.waitFor(/before/);

    gate.child.signal('SIGTERM');
    await gate.child.waitFor(/stop/i, 'stderr');
    expect((await docker(cli, gate.endpoint, ['ps'])).code).not.toBe(0);
    client.stdin.end('after\n');
    expect(await client.outcome).toMatchObject({ code: 0, stdout: Buffer.from('before\nafter\n') });
    expect((await gate.child.outcome).code).toBe(0);
    expect(readAuditLines(auditLog)).toContainEqual(
      expect.objectContaining({ event: 'call', action: 'container.attach', end: 'complete' }),
    );
  });

  it('ends what does not finish in time, and each call has its line', async () => {
    const { gate, auditLog } = await startGate(world, 'cut', ['--shutdown-timeout', '1']);
    const name = await background(world, TALK, ['-i']);
    const calls = [['logs', '-f', name], ['events'], ['exec', '-i', name, 'cat'], ['attach', name]];
    const clients = calls.map((args) => startDocker(cli, gate.endpoint, args, { stdin: 'open' }));
    const actions = ['container.logs', 'system.events', 'exec.start', 'container.attach'];
    for (const action of actions) await untilStarted(auditLog, action);
    // Only now has attach done all that it does before it copies.
    await clients.at(-1)?.waitFor(/talk/);

    expect((await gate.stop()).code).toBe(0);
    await Promise.all(clients.map(({ outcome }) => outcome));
    const lines = readAuditLines(auditLog).filter(({ event }) => event === 'call');
    const ends = actions.map((name) => lines.filter(({ action }) => action === name).map(endOf));
    expect(ends).toEqual(actions.map(() => ['gate-stopped']));
  });

  it('a second time ends them at once', async () => {
    const { gate, auditLog } = await startGate(world, 'twice', ['--shutdown-timeout', '60']);
    const client = startDocker(cli, gate.endpoint, ['events']);
    await untilStarted(auditLog, 'system.events');
    gate.child.signal('SIGTERM');
    await gate.child.waitFor(/stop/i, 'stderr');
    const start = performance.now();
    expect((await gate.stop()).code).toBe(0);
    expect(performance.now() - start).toBeLessThan(5_000);
    await client.outcome;
    expect(readAuditLines(auditLog)).toContainEqual(
      expect.objectContaining({ event: 'call', action: 'system.events', end: 'gate-stopped' }),
    );
  });
});

const endOf = ({ end }: AuditLine): unknown => end;

async function startGate(
  world: World,
  name: string,
  args: string[],
): Promise<{ gate: Gate; auditLog: string }> {
  const certs = join(world.dir, 'stopped-certs');
  const auditLog = join(world.dir, `stopped-${name}.jsonl`);
  const { socket, home } = world;
  return { gate: await Gate.start({ certs, auditLog, args, socket, home }), auditLog };
}

async function untilStarted(auditLog: string, action: string): Promise<void> {
  await untilAuditLine(auditLog, (line) => line['event'] === 'intent' && line['action'] === action);
}
