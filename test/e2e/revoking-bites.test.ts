import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readAuditLines, untilAuditLine } from '../support/e2e/audit-lines.ts';
import { mustRun, type Child } from '../support/e2e/child.ts';
import { background, docker, startDocker } from '../support/e2e/docker.ts';
import { Gate, PROGRAM } from '../support/e2e/gate.ts';
import { endToEndGate } from '../support/e2e/suite.ts';
import { tlsEndpoint, type World } from '../support/e2e/world.ts';

const TALK = ['sh', '-c', 'while :; do echo talk; sleep 0.05; done'];

/** From the end of `client revoke` to the end of what is open, as the docker CLI sees it. */
const BITE_MS = 1_000;

endToEndGate('client revoke', (world) => {
  const [cli] = world.clis;

  it('ends a running exec, logs -f and an upload of that user within a second, and no other’s', async () => {
    const { gate, certs, auditLog } = await startGate(world, 'revoke');
    const dockgate = (...args: readonly string[]) =>
      mustRun(process.execPath, [PROGRAM, ...args, '--certs', certs]);
    await dockgate('client', 'add', 'mallory');
    const mallory = tlsEndpoint('mallory', gate.port, join(certs, 'clients/mallory'), world.home);
    const name = await background(world, TALK);

    const calls = [['exec', '-i', name, 'cat'], ['logs', '-f', name], ['load']];
    const victims = calls.map((args) => startDocker(cli, mallory, args, { stdin: 'open' }));
    const other = startDocker(cli, gate.endpoint, ['exec', '-i', name, 'cat'], { stdin: 'open' });
    // The beginning of a tar; the rest never comes.
    victims.at(-1)?.stdin.write(Buffer.alloc(1_000_000, 1));
    for (const action of ['exec.start', 'container.logs', 'image.load']) {
      await untilAuditLine(
        auditLog,
        (line) =>
          line['event'] === 'intent' && line['action'] === action && line['user'] === 'mallory',
      );
    }

    await dockgate('client', 'revoke', 'mallory', '--reason', 'keyCompromise');
    const started = performance.now();
    const [exec, logs, load] = victims;
    const outcomes = await Promise.all([exec, logs].map(endOf));
    expect(outcomes).toEqual([1, 1]);

    const reason = 'certificate revoked (keyCompromise)';
    for (const action of ['exec.start', 'container.logs', 'image.load']) {
      const line = await untilAuditLine(
        auditLog,
        ({ event, action: done, user }) =>
          event === 'call' && done === action && user === 'mallory',
      );
      expect(line).toMatchObject({ end: 'certificate-ended', reason });
    }
    expect(performance.now() - started).toBeLessThan(BITE_MS);
    // The upload is over too, but this CLI looks at its connection only once its input has ended.
    load?.stdin.end();
    expect(await endOf(load)).toBe(1);
    const refused = await docker(cli, mallory, ['ps']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/revoked/);

    other.stdin.end('still here');
    expect(await other.outcome).toMatchObject({ code: 0, stdout: Buffer.from('still here') });
    expect(readAuditLines(auditLog)).toContainEqual(
      expect.objectContaining({ event: 'gate-reload', result: 'accepted' }),
    );
    await gate.stop();
  });

  it('SIGHUP reads everything anew, and the gate says so', async () => {
    const { gate } = await startGate(world, 'hangup');
    gate.child.signal('SIGHUP');
    await gate.child.waitFor(/"cause":"SIGHUP".*reloaded/, 'stderr');
    expect((await docker(cli, gate.endpoint, ['version'])).code).toBe(0);
    await gate.stop();
  });
});

async function endOf(child: Child | undefined): Promise<number | null | undefined> {
  return (await child?.outcome)?.code;
}

async function startGate(world: World, name: string) {
  const certs = join(world.dir, name, 'certs');
  const auditLog = join(world.dir, name, 'audit.jsonl');
  const { socket, home } = world;
  return { gate: await Gate.start({ certs, socket, auditLog, home }), certs, auditLog };
}
