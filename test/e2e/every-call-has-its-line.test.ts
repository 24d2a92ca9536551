import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAuditLines, type AuditLine } from '../support/e2e/audit-lines.ts';
import { DaemonLog } from '../support/e2e/daemon-log.ts';
import { background, docker, RUN, startDocker } from '../support/e2e/docker.ts';
import { Gate } from '../support/e2e/gate.ts';
import { endToEndGate } from '../support/e2e/suite.ts';
import { IMAGE } from '../support/e2e/world.ts';

/** What the client posts to start an exec: `{"Detach":false,"Tty":false}` and a line end. */
const EXEC_BODY = 29;

endToEndGate('every call has its line in the audit log', (world) => {
  const certs = join(world.dir, 'audited-certs');
  const auditLog = join(world.dir, 'audited.jsonl');
  let [daemonCalls, lines, calls]: [string[], AuditLine[], AuditLine[]] = [[], [], []];

  // Commands of all kinds through a gate of their own; stopped, it has written all it will write.
  beforeAll(async () => {
    const name = await background(world, ['sh', '-c', 'echo up; exec sleep 1000000']);
    // With details the gate asks the daemon on its own behalf, and the daemon's log does not say who asked.
    const args = ['--audit-detail', 'off'];
    const gate = await Gate.start({
      ...{ certs, auditLog, args, socket: world.socket, home: world.home },
    });
    const daemonLog = new DaemonLog(world.daemonLog);
    for (const cli of world.clis) {
      const through = (args: string[], text = ''): Promise<unknown> =>
        docker(cli, gate.endpoint, args, { stdin: { text } });
      await through(['version']);
      await through(['ps', '--all', '--filter', 'name=x']);
      await through([...RUN, '-i', IMAGE, 'cat'], 'abc');
      await through(['exec', '-i', name, 'cat'], 'x'.repeat(1000));
      await through(['inspect', 'no-such-thing']);
      await through(['cp', `${name}:/etc`, '-']);
      const logs = startDocker(cli, gate.endpoint, ['logs', '-f', name]);
      await logs.waitFor(/up/);
      await through(['exec', name, 'true']);
      await logs.end('SIGKILL');
    }
    expect((await gate.stop()).code).toBe(0);
    daemonCalls = daemonLog.calls();
    lines = readAuditLines(auditLog);
    calls = lines.filter(({ event }) => event === 'call');
  });

  it('one for each call that the daemon got, and no more', () => {
    expect(daemonCalls.length).toBeGreaterThan(30);
    expect(calls.map(({ method, path }) => `${String(method)} ${String(path)}`).sort()).toEqual(
      daemonCalls.sort(),
    );
  });

  it('that names the certificate which made it', () => {
    const pem = readFileSync(join(certs, 'clients/admin/cert.pem'));
    const certificate = new X509Certificate(pem);
    const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
    for (const line of calls) {
      expect(line).toMatchObject({ user: 'admin', fingerprint, tls: 'TLSv1.3' });
      expect(String(line['serial']).toLowerCase()).toBe(certificate.serialNumber.toLowerCase());
      expect(line['remote']).toMatch(/^127\.0\.0\.1:\d+$/);
    }
  });

  it('that says what was done, when, and how it ended', () => {
    for (const line of calls) {
      expect(line['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(line['action']).toMatch(/^[a-z_-]+(\.[a-z_-]+)+$/);
      expect(line['status']).toBeTypeOf('number');
      expect(line['duration_ms']).toBeTypeOf('number');
      expect(line['end']).toMatch(/^(complete|client-gone)$/);
    }
  });

  it('with an id that no other call has', () => {
    expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
  });

  it('and a line at its start where it may last', () => {
    const ids = (event: string, path: RegExp): unknown[] =>
      lines.filter((line) => line['event'] === event && path.test(String(line['path']))).map(idOf);
    const lasting = /\/(attach|logs)$|\/exec\/\w+\/start$/;
    expect(ids('call', lasting).length).toBe(4 * world.clis.length);
    expect(ids('intent', lasting).sort()).toEqual(ids('call', lasting).sort());
  });

  describe('that counts the bytes', () => {
    it.each([
      [
        'of an exec',
        /\/exec\/\w+\/start$/,
        { bytes_in: EXEC_BODY + 1000, bytes_out: 1008, status: 101 },
      ],
      ['of an attach', /\/attach$/, { bytes_in: 3, bytes_out: 11, status: 101 }],
      ['of what was not there', /no-such-thing/, { bytes_in: 0, status: 404 }],
    ])('%s', (_what, path, expected) => {
      const found = calls.filter((line) => path.test(String(line['path'])));
      expect(found).toContainEqual(expect.objectContaining(expected));
    });
  });
});

const idOf = ({ id }: AuditLine): unknown => id;
