import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readAuditLines, untilAuditLine } from '../support/e2e/audit-lines.ts';
import { background, docker, IDLE, startDocker } from '../support/e2e/docker.ts';
import { Gate } from '../support/e2e/gate.ts';
import { endToEndGate } from '../support/e2e/suite.ts';
import { type Endpoint } from '../support/e2e/world.ts';

/** Says a line for each line that it hears, and ends with a code of its own. */
const ECHO = 'while read -r line; do echo "heard $line"; done; exit 42';

endToEndGate('an upgrade (SIGUSR1)', (world) => {
  it('lets each docker exec go on to its end and exit code, from afar and on this host', async () => {
    const { dir, socket, home } = world;
    const [certs, auditLog] = [join(dir, 'upgraded-certs'), join(dir, 'upgraded.jsonl')];
    const local = join(dir, 'upgraded.sock');
    const gate = await Gate.start({
      ...{ certs, auditLog, socket, home },
      args: ['-H', `unix://${local}`],
    });
    await gate.child.waitFor(/"address":"unix:/, 'stderr');
    const onHost: Endpoint = {
      ...world.direct,
      env: { ...world.direct.env, DOCKER_HOST: `unix://${local}` },
    };
    const name = await background(world, IDLE);
    const ways = world.clis.flatMap((cli) => [gate.endpoint, onHost].map((way) => ({ cli, way })));
    const execs = ways.map(({ cli, way }) =>
      startDocker(cli, way, ['exec', '-i', name, 'sh', '-c', ECHO], { stdin: 'open' }),
    );
    const say = async (word: string): Promise<void> => {
      for (const exec of execs) exec.stdin.write(`${word}\n`);
      for (const exec of execs) await exec.waitFor(new RegExp(`heard ${word}`));
    };
    await say('before');

    gate.child.signal('SIGUSR1');
    const said = await gate.child.waitFor(/"successor":\d+,"msg":"another process/, 'stderr');
    const successor = Number(/"successor":(\d+)/.exec(said)?.[1]);
    await say('after');
    for (const { cli, way } of ways) {
      expect(await docker(cli, way, ['ps', '--quiet'])).toMatchObject({ code: 0 });
    }
    for (const exec of execs) exec.stdin.end();
    for (const exec of execs) {
      const { code, stdout } = await exec.outcome;
      expect([code, stdout.toString()]).toEqual([42, 'heard before\nheard after\n']);
    }
    await untilAuditLine(auditLog, ({ event }) => event === 'gate-stop');
    process.kill(successor, 'SIGTERM');
    expect((await gate.child.outcome).code).toBe(0);
    const starts = readAuditLines(auditLog).filter(
      ({ event, action }) => event === 'call' && action === 'exec.start',
    );
    expect(starts.map(({ user, end, exit_code: code }) => [user, end, code]).sort()).toEqual(
      ways.map(({ way }) => [way === onHost ? `unix:${local}` : 'admin', 'complete', 42]).sort(),
    );
  });
});
