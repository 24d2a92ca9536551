import { describe, expect, it } from 'vitest';
import { run } from '../support/e2e/child.ts';
import { DaemonLog } from '../support/e2e/daemon-log.ts';
import { docker } from '../support/e2e/docker.ts';
import { endToEnd } from '../support/e2e/suite.ts';
import { clientEnv, type Endpoint } from '../support/e2e/world.ts';

endToEnd('plaintext is refused', (world) => {
  const { address } = world.front;
  const port = 'port' in address ? address.port : 0;
  const env = clientEnv(world.home, { DOCKER_HOST: `tcp://127.0.0.1:${port}` });
  const plain: Endpoint = { ...world.front, env };

  it.each(world.clis)('from docker $version', async (cli) => {
    const daemonLog = new DaemonLog(world.daemonLog);
    const outcome = await docker(cli, plain, ['ps', '-q']);
    expect(outcome).toMatchObject({ code: 1, stdout: Buffer.alloc(0) });
    expect(outcome.stderr).not.toBe('');
    expect(daemonLog.calls()).toEqual([]);
  });

  describe('from curl', () => {
    it.each(['GET', 'POST', 'PUT'])('that sends %s', async (method) => {
      const daemonLog = new DaemonLog(world.daemonLog);
      const url = `http://127.0.0.1:${port}/v1.41/containers/json`;
      const written = '\n%{http_code}';
      const args = ['--silent', '--request', method, '--write-out', written, url];
      const { stdout } = await run('curl', args, { env });
      expect(stdout.toString()).toMatch(/\n(000|400)$/);
      expect(daemonLog.calls()).toEqual([]);
    });
  });
});
