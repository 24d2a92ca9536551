import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run, type Outcome } from '../support/e2e/child.ts';
import { Gate, PROGRAM } from '../support/e2e/gate.ts';
import { endToEndGate } from '../support/e2e/suite.ts';

/** Root reads everything, unless these capabilities are taken from it. */
const WITHOUT_OVERRIDE = ['--bounding-set=-dac_override,-dac_read_search', '--', process.execPath];

endToEndGate('bad input gets one line, a hint and no stack trace', (world) => {
  const dir = mkdtempSync(join(world.dir, 'bad-input-'));
  const certs = join(dir, 'certs');
  /** `serve` with settings that are right, but for those given. */
  const serve = (settings: Record<string, string> = {}, more: string[] = []): string[] => {
    const auditLog = join(dir, 'audit.jsonl');
    const right = { certs, 'docker-host': `unix://${world.socket}`, 'audit-log': auditLog };
    const all = { host: 'tcp://127.0.0.1:0', ...right, ...settings };
    const flags = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
    return [PROGRAM, 'serve', ...flags, ...more];
  };
  const dockgate = (args: string[]): Promise<Outcome> => run(process.execPath, args, { cwd: dir });

  beforeAll(async () => {
    const made = await dockgate([PROGRAM, 'init-certs', '--certs', certs, '--client', 'admin']);
    expect(made.code).toBe(0);
  });

  describe.concurrent('and exit code 2', () => {
    it.each([
      ['an unknown command', [PROGRAM, 'swerve'], 'serve'],
      ['an unknown flag', serve({ bogus: 'yes' }), 'bogus'],
      ['a flag without its value', [PROGRAM, 'serve', '--audit-log'], 'audit-log'],
      ['a flag given twice', serve({}, ['--certs', 'elsewhere']), 'certs'],
      ['an unknown log level', serve({ 'log-level': 'loud' }), 'loud'],
      ['a host that is no address', serve({ host: 'tcp://nowhere:port' }), 'nowhere:port'],
      ['a host that is not TLS', serve({ host: 'http://127.0.0.1:0' }), 'http://127.0.0.1:0'],
      ['a docker host that is no URL', serve({ 'docker-host': 'nonsense' }), 'nonsense'],
    ])('%s', async (_what, args, wrong) => {
      expectHint(await dockgate(args), 2, wrong);
    });

    it('a docker host that is no socket', async () => {
      const file = join(dir, 'no-socket');
      writeFileSync(file, '');
      expectHint(await dockgate(serve({ 'docker-host': `unix://${file}` })), 2, file);
    });
  });

  describe.concurrent('and exit code 1 or 2', () => {
    it('a port in use', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? `${address.port}` : '';
      expectHint(await dockgate(serve({ host: `tcp://127.0.0.1:${port}` })), 1, port);
      server.close();
    });

    it('a directory of certificates that is a file', async () => {
      const file = join(dir, 'a-file');
      writeFileSync(file, '');
      expectHint(await dockgate(serve({ certs: file })), [1, 2], file);
      expectHint(await dockgate(serve({ certs: file }, ['--init'])), [1, 2], file);
    });

    it('a directory of certificates that cannot be read', async () => {
      const locked = join(dir, 'locked');
      mkdirSync(locked);
      chmodSync(locked, 0o000);
      const args = [...WITHOUT_OVERRIDE, ...serve({ certs: locked })];
      expectHint(await run('setpriv', args), [1, 2], locked);
    });

    it('a directory without certificates', async () => {
      const empty = join(dir, 'empty');
      mkdirSync(empty);
      const outcome = await dockgate(serve({ certs: empty }));
      expectHint(outcome, [1, 2], empty);
      expect(outcome.stderr).toContain('init-certs');
    });

    it.each(['tlscacert', 'tlscert', 'tlskey'])('a --%s that is not PEM', async (flag) => {
      const file = join(dir, 'not-pem');
      writeFileSync(file, 'this is no PEM\n');
      expectHint(await dockgate(serve({ [flag]: file })), [1, 2], file);
    });

    it('a key that belongs to another certificate', async () => {
      const key = join(certs, 'clients/admin/key.pem');
      expectHint(await dockgate(serve({ tlskey: key })), [1, 2], key);
    });

    it('an audit log that cannot be written', async () => {
      const path = join(dir, 'audit-dir');
      mkdirSync(path);
      expectHint(await dockgate(serve({ 'audit-log': path })), [1, 2], path);
    });
  });

  it('but a docker host that is not there yet is no error', async () => {
    const socket = join(dir, 'later.sock');
    const gate = await Gate.start({
      ...{ certs, socket, home: world.home, auditLog: join(dir, 'later.jsonl') },
    });
    await gate.child.waitFor(/cannot be reached yet/, 'stderr');
    expect(gate.child.text('stderr')).toContain(socket);
    expect((await gate.stop()).code).toBe(0);
  });
});

/** Operational messages are JSON lines; an error is two lines of text. */
function expectHint(
  { code, stderr, stdout }: Outcome,
  codes: number | number[],
  wrong: string,
): void {
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  expect(lines, stderr).toHaveLength(2);
  expect(stderr).not.toMatch(/"stack"|^ +at /m);
  expect(lines[0]).toContain(wrong);
  expect(lines[1]).toMatch(/^hint: \S/);
  expect([codes].flat()).toContain(code);
  expect(stdout.toString()).toBe('');
}
