import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { OpensslAuthority } from '../support/e2e/authority.ts';
import { untilAuditLine } from '../support/e2e/audit-lines.ts';
import { run, type Outcome } from '../support/e2e/child.ts';
import { DaemonLog } from '../support/e2e/daemon-log.ts';
import { docker } from '../support/e2e/docker.ts';
import { endToEnd } from '../support/e2e/suite.ts';
import { tlsEndpoint, type Endpoint } from '../support/e2e/world.ts';

/** What the gate says of each; a Go client with a certificate of another CA does not show it. */
const STRANGERS = [
  {
    who: 'no certificate',
    dir: 'none',
    go: /no client certificate/,
    curl: /no client certificate/,
  },
  { who: 'a certificate of another CA', dir: 'other', go: /no client certificate/, curl: /CA/ },
  { who: 'an expired certificate', dir: 'expired', go: /expired/, curl: /expired/ },
  {
    ...{ who: 'a certificate for servers only', dir: 'server' },
    ...{ go: /not made for clients/, curl: /not made for clients/ },
  },
];

endToEnd('strangers are refused', (world) => {
  const home = join(world.dir, 'strangers');
  const as = (dir: string): Endpoint => {
    if (!('port' in world.front.address)) throw new Error('no port');
    return tlsEndpoint(dir, world.front.address.port, join(home, dir), world.home);
  };

  beforeAll(async () => {
    const { certificate, key } = world.authority;
    const authority = OpensslAuthority.open(join(home, 'authority'), certificate, key);
    const other = await OpensslAuthority.create(join(home, 'other-authority'), 'Other CA');
    const [from, until] = ['20200101000000Z', '20210101000000Z'];
    await authority.issue(join(home, 'friend'), 'friend', { usage: 'clientAuth' });
    await authority.issue(join(home, 'expired'), 'friend', { usage: 'clientAuth', from, until });
    await authority.issue(join(home, 'server'), 'friend', { usage: 'serverAuth' });
    await other.issue(join(home, 'other'), 'friend', { usage: 'clientAuth' });
    mkdirSync(join(home, 'none'));
    for (const dir of ['none', 'other']) copyFileSync(certificate, join(home, dir, 'ca.pem'));
  });

  describe.each(world.clis)('docker $version', (cli) => {
    it('but not a friend, whose certificate differs in nothing else', async () => {
      expect(await docker(cli, as('friend'), ['ps', '-q'])).toMatchObject({ code: 0, stderr: '' });
    });

    it.each(STRANGERS)('with $who', async ({ dir, go }) => {
      const daemonLog = new DaemonLog(world.daemonLog);
      const outcome = await docker(cli, as(dir), ['ps', '-q']);
      expect(outcome).toMatchObject({ code: 1, stdout: Buffer.alloc(0) });
      expect(daemonLog.calls()).toEqual([]);
      if (world.frontKind === 'dockerd') return;
      expect(outcome.stderr).toMatch(/^Error response from daemon: access refused: /);
      expect(outcome.stderr).toMatch(go);
      await untilAuditLine(world.auditLog, refusalFor(go));
    });

    it.each(STRANGERS)('with $who, also while it sends a body', async ({ dir, go }) => {
      const daemonLog = new DaemonLog(world.daemonLog);
      const stdin = { file: process.execPath };
      const outcome = await docker(cli, as(dir), ['load'], { stdin });
      expect(outcome).toMatchObject({ code: 1, stdout: Buffer.alloc(0) });
      expect(daemonLog.calls()).toEqual([]);
      if (world.frontKind === 'dockgate') expect(outcome.stderr).toMatch(go);
    });
  });

  describe.each(['1.2', '1.3'])('curl over TLS %s', (version) => {
    it.each(STRANGERS)('with $who', async ({ dir, curl: reason }) => {
      const outcome = await curl(as(dir), dir, version);
      if (world.frontKind === 'dockerd') {
        expect(outcome.code).not.toBe(0);
        return;
      }
      const [body = '', status, type] = outcome.stdout.toString().split(/\n+/);
      expect([status, type]).toEqual(['403', 'application/json']);
      expect((JSON.parse(body) as { message: string }).message).toMatch(reason);
    });
  });

  function curl({ address, env }: Endpoint, dir: string, tls: string): Promise<Outcome> {
    if (!('port' in address)) throw new Error('no port');
    const file = (name: string): string => join(home, dir, `${name}.pem`);
    const own = dir === 'none' ? [] : ['--cert', file('cert'), '--key', file('key')];
    const options = ['--silent', `--tlsv${tls}`, '--tls-max', tls, '--cacert', file('ca'), ...own];
    const written = '\\n%{http_code}\\n%{content_type}';
    const url = `https://127.0.0.1:${address.port}/v1.41/containers/json`;
    return run('curl', [...options, '--write-out', written, url], { env });
  }
});

const refusalFor =
  (reason: RegExp) =>
  (line: Readonly<Record<string, unknown>>): boolean =>
    line['event'] === 'peer-refused' && reason.test(String(line['reason']));
