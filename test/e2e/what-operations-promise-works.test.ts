import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { mustRun, run } from '../support/e2e/child.ts';
import { docker } from '../support/e2e/docker.ts';
import { Gate, PROGRAM } from '../support/e2e/gate.ts';
import { endToEndGate } from '../support/e2e/suite.ts';
import { tlsEndpoint } from '../support/e2e/world.ts';
import { isInstalled } from '../support/installed.ts';
import { PrivateDockerd } from '../support/private-dockerd.ts';

/** The commands of Docker's page on protecting the daemon socket, but for a smaller key. */
const AS_DOCKERS_PAGE = `
openssl genrsa -aes256 -passout pass:secret -out ca-key.pem 2048
openssl req -new -x509 -days 365 -key ca-key.pem -passin pass:secret -sha256 -subj '/C=NL/O=Example/CN=gate.example.org' -out ca.pem
openssl genrsa -out server-key.pem 2048
openssl req -subj '/CN=gate.example.org' -sha256 -new -key server-key.pem -out server.csr
echo subjectAltName = DNS:gate.example.org,IP:127.0.0.1 >> extfile.cnf
echo extendedKeyUsage = serverAuth >> extfile.cnf
openssl x509 -req -days 365 -sha256 -in server.csr -CA ca.pem -CAkey ca-key.pem -passin pass:secret -CAcreateserial -out server-cert.pem -extfile extfile.cnf
openssl genrsa -out key.pem 2048
openssl req -subj '/CN=client' -new -key key.pem -out client.csr
echo extendedKeyUsage = clientAuth > extfile-client.cnf
openssl x509 -req -days 365 -sha256 -in client.csr -CA ca.pem -CAkey ca-key.pem -passin pass:secret -CAcreateserial -out cert.pem -extfile extfile-client.cnf
chmod -v 0400 ca-key.pem key.pem server-key.pem
chmod -v 0444 ca.pem server-cert.pem cert.pem
mkdir client && cp ca.pem cert.pem key.pem client/
echo secret > ca.pass
`;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
};

const dockgate = (...args: string[]): Promise<string> =>
  mustRun(process.execPath, [PROGRAM, ...args]);
const contentOf = (dir: string, names: readonly string[]) =>
  names.map((name) => [name, readFileSync(join(dir, name), 'utf8')]);

endToEndGate('what docs/operations.md promises', (world) => {
  const dir = mkdtempSync(join(world.dir, 'operations-'));
  const gateWith = (certs: string, auditLog: string, args: readonly string[] = []) =>
    Gate.start({ certs, auditLog, socket: world.socket, home: world.home, args });

  it('clients of dockerd --tlsverify change nothing when the gate takes its place', async () => {
    const old = join(dir, 'dockerd');
    mkdirSync(old);
    await mustRun('bash', ['-ec', AS_DOCKERS_PAGE], { cwd: old });
    const port = await freePort();
    const tls = ['ca', 'server-cert', 'server-key'].map((name) => join(old, `${name}.pem`));
    const [ca = '', cert = '', key = ''] = tls;
    const client = tlsEndpoint('the client of before', port, join(old, 'client'), world.home);
    const version = () =>
      docker(world.clis[0], client, ['version', '--format', '{{.Server.Version}}']);

    const daemon = new PrivateDockerd([
      ...['--tlsverify', `--tlscacert=${ca}`, `--tlscert=${cert}`, `--tlskey=${key}`],
      ...['-H', `tcp://127.0.0.1:${port}`],
    ]);
    await daemon.start();
    const before = await version();
    await daemon.remove();
    expect(before.code, before.stderr).toBe(0);

    const certs = join(dir, 'moved-certs');
    const auditLog = join(dir, 'moved.jsonl');
    const files = ['--tlscacert', ca, '--tlscert', cert, '--tlskey', key];
    const serve = [
      'serve',
      '-H',
      `tcp://127.0.0.1:${port}`,
      '--docker-host',
      `unix://${world.socket}`,
    ];
    const gate = await Gate.run([...serve, ...files, '--certs', certs, '--audit-log', auditLog]);
    const after = await version();
    expect(after).toMatchObject({ code: 0, stderr: '', stdout: before.stdout });
    await gate.stop();
    expect(readFileSync(auditLog, 'utf8')).toContain('"user":"client"');

    // Adopted: nothing that is there changes, and the CA issues one more.
    mkdirSync(certs, { mode: 0o700 });
    const adopted = ['ca.pem', 'ca-key.pem', 'server-cert.pem', 'server-key.pem'];
    for (const name of adopted) cpSync(join(old, name), join(certs, name));
    const passphrase = ['--ca-passphrase-file', join(old, 'ca.pass')];
    await dockgate('init-certs', '--certs', certs, ...passphrase, '--client', 'alice');
    expect(contentOf(certs, adopted)).toEqual(contentOf(old, adopted));
    const own = await Gate.run([...serve, '--certs', certs, '--audit-log', auditLog]);
    const alice = tlsEndpoint('alice', port, join(certs, 'clients/alice'), world.home);
    expect((await version()).code).toBe(0);
    expect((await docker(world.clis[0], alice, ['version'])).code).toBe(0);

    const serial = /"user":"client","serial":"([0-9A-F]+)"/.exec(
      readFileSync(auditLog, 'utf8'),
    )?.[1];
    await dockgate(
      'client',
      'revoke',
      '--serial',
      serial ?? '',
      '--certs',
      certs,
      ...passphrase,
      '--audit-log',
      auditLog,
    );
    await own.child.waitFor(/reloaded certificates and revocation lists/, 'stderr');
    expect((await version()).stderr).toContain('revoked');
    await own.stop();
  });

  it('a backup of certificates, trail and settings is a gate again', async () => {
    const home = join(dir, 'backed-up');
    const certs = join(home, 'certs');
    const auditLog = join(home, 'logs/audit.jsonl');
    const gate = await gateWith(certs, auditLog);
    expect((await docker(world.clis[0], gate.endpoint, ['version'])).code).toBe(0);
    await mustRun('tar', ['czf', join(dir, 'backup.tgz'), '-C', home, '.']);
    await gate.stop();

    const restored = join(dir, 'restored');
    mkdirSync(restored);
    await mustRun('tar', ['xzpf', join(dir, 'backup.tgz'), '-C', restored]);
    const log = join(restored, 'logs/audit.jsonl');
    const again = await gateWith(join(restored, 'certs'), log);
    // With the files that the client has had all along.
    const old = tlsEndpoint('admin', again.port, join(certs, 'clients/admin'), world.home);
    expect((await docker(world.clis[0], old, ['version'])).code).toBe(0);
    await again.stop();
    expect(await dockgate('audit', 'verify', '--audit-log', log)).toMatch(/ 0 gaps\n[^]*\nok\n$/);
    expect(await dockgate('client', 'list', '--certs', join(restored, 'certs'))).toContain('admin');
  });

  it.skipIf(!isInstalled('/usr/sbin/logrotate', 'logrotate'))(
    'logrotate moves the log away, and the chain goes on',
    async () => {
      const home = join(dir, 'rotated');
      const auditLog = join(home, 'audit.jsonl');
      const gate = await gateWith(join(home, 'certs'), auditLog, ['--audit-max-size', '0']);
      const shipped = readFileSync(
        new URL('../../packaging/logrotate/dockgate', import.meta.url),
        'utf8',
      );
      const signal = /systemctl kill .*--signal=USR2 .*/;
      expect(shipped).toMatch(signal);
      const conf = join(dir, 'logrotate.conf');
      writeFileSync(
        conf,
        shipped
          .replace('/var/log/dockgate/audit.jsonl', auditLog)
          .replace(signal, `kill -USR2 ${gate.child.pid}`),
      );
      for (const round of [1, 2]) {
        expect((await docker(world.clis[0], gate.endpoint, ['version'])).code).toBe(0);
        const { code, stderr } = await run('/usr/sbin/logrotate', [
          '--force',
          '--state',
          join(dir, 'state'),
          conf,
        ]);
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        await gate.child.waitFor(new RegExp(`(?:SIGUSR2[^]*){${round}}`), 'stderr');
      }
      expect((await docker(world.clis[0], gate.endpoint, ['version'])).code).toBe(0);
      await gate.stop();
      expect(
        readdirSync(home)
          .filter((name) => name.startsWith('audit.jsonl'))
          .sort(),
      ).toEqual(['audit.jsonl', 'audit.jsonl.1', 'audit.jsonl.2.gz']);
      expect(await dockgate('audit', 'verify', '--audit-log', auditLog)).toMatch(
        / 0 gaps\n[^]*\nok\n$/,
      );
    },
  );
});
