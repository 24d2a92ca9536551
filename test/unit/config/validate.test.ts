import { describe, expect, it } from 'vitest';
import { validateSettings as validate } from '../../../src/config/validate.ts';
import { failureOf } from '../helpers/refusal.ts';

/** As the loader calls it: the name of the file has been used up by then. */
const validateSettings = (raw: Record<string, unknown>) => validate({ config: undefined, ...raw });

const problemsOf = (raw: Record<string, unknown>): string => {
  const failure = failureOf(() => validateSettings(raw));
  expect(failure).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 2 });
  return failure.message;
};

describe('validateSettings', () => {
  it('has defaults for everything', () => {
    expect(validateSettings({})).toEqual({
      listen: [{ host: '0.0.0.0', port: 2376 }],
      localSockets: [],
      localAccess: { mode: 0o660, group: undefined },
      inherited: [],
      upgradeTimeoutMs: 86_400_000,
      dockerSocket: '/var/run/docker.sock',
      crls: [],
      autoRenew: false,
      certsDir: './certs',
      tls: {
        ca: 'certs/ca.pem',
        cert: 'certs/server-cert.pem',
        key: 'certs/server-key.pem',
      },
      init: undefined,
      auditLog: './logs/audit.jsonl',
      audit: {
        detail: 'standard',
        durability: 'write',
        optionalReads: false,
        maxBytes: 100_000_000,
        maxAgeMs: 0,
        keep: 100,
        checkpointLines: 1_000,
        checkpointMs: 60_000,
        keyFile: undefined,
      },
      logLevel: 'info',
      limits: {
        connections: 20_000,
        connectionsPerUser: 10_000,
        streamsPerUser: 5_000,
        handshakes: 2_000,
        handshakesPerSecond: 100,
      },
      maxInspectedBody: 4 * 1024 * 1024,
      shutdownTimeoutMs: 30_000,
    });
  });

  it('gives a configuration that cannot be changed', () => {
    expect(Object.isFrozen(validateSettings({}))).toBe(true);
  });

  it.each([
    ['tcp://0.0.0.0:2376', '0.0.0.0', 2376],
    ['tcp://192.0.2.1:443', '192.0.2.1', 443],
    ['tcp://gate.example.com:2377/', 'gate.example.com', 2377],
    ['tcp://gate.example.com', 'gate.example.com', 2376],
    ['tcp://:2377', '0.0.0.0', 2377],
    ['tcp://', '0.0.0.0', 2376],
    ['tcp://[::]:2376', '::', 2376],
    ['tcp://[2001:db8::1]', '2001:db8::1', 2376],
    ['tcp://[::ffff:192.0.2.1]:1', '::ffff:192.0.2.1', 1],
    ['tcp://127.0.0.1:0', '127.0.0.1', 0],
    ['tcp://127.0.0.1:65535', '127.0.0.1', 65_535],
  ])('listens on %s', (text, host, port) => {
    expect(validateSettings({ host: [text] }).listen).toEqual([{ host, port }]);
  });

  it('keeps several addresses in order', () => {
    const { listen } = validateSettings({ host: ['tcp://[::1]:2', 'tcp://127.0.0.1:1'] });
    expect(listen.map(({ port }) => port)).toEqual([2, 1]);
  });

  it.each([
    '2376',
    '0.0.0.0:2376',
    'http://0.0.0.0:2376',
    'TCP://0.0.0.0:2376',
    'tcp://::1:2376',
    'tcp://[::1',
    'tcp://[gate]:2376',
    'tcp://host:port',
    'tcp://host:65536',
    'tcp://host:123456',
    'tcp://host:-1',
    'tcp://host:2376/path',
    'tcp://a host:2376',
    'tcp://host:2376\n',
    'unix://gate.sock',
    'unix:///',
    'unix:///run/',
    'fd:/3',
    'fd://a:b',
    '',
  ])('refuses to listen on %j, and repeats it', (text) => {
    const failure = () => validateSettings({ host: [text] });
    expect(failure).toThrow(`--host ${text}: expected tcp://HOST:PORT`);
  });

  it('refuses to listen twice on one address, but for ports that are free each time', () => {
    const one = 'tcp://127.0.0.1:1';
    expect(problemsOf({ host: [one, one] })).toBe('--host: an address is given twice');
    const any = 'tcp://127.0.0.1:0';
    expect(validateSettings({ host: [any, any] }).listen).toHaveLength(2);
  });

  it('listens on unix sockets and on what was handed over', () => {
    const host = ['unix:///run/a.sock', 'fd://', 'fd://3', 'fd://web', 'unix:///run//b/../b.sock'];
    expect(validateSettings({ host })).toMatchObject({
      listen: [],
      localSockets: ['/run/a.sock', '/run/b.sock'],
      inherited: ['', '3', 'web'],
    });
  });

  it.each(['unix:///run/a b.sock', 'unix:///run/*.sock', 'unix:///run/a"b', 'unix:///run/\u00e9'])(
    'refuses %j, which would be no safe name of a user',
    (text) => {
      expect(problemsOf({ host: [text] })).toContain(`--host ${text}: expected an absolute path`);
    },
  );

  it('refuses a socket twice, and that of the daemon itself', () => {
    const twice = { host: ['unix:///run/a.sock', 'unix:///run/./a.sock'] };
    expect(problemsOf(twice)).toContain('--host unix:///run/a.sock: given twice');
    expect(problemsOf({ host: ['unix:///var/run/../run/docker.sock'] })).toContain(
      '--host unix:///var/run/docker.sock: that is --docker-host, and would lead to itself',
    );
  });

  it.each([
    ['0666', '--unix-mode 0666: everybody on this host could connect'],
    ['0664', '--unix-mode 0664: everybody on this host could connect'],
    ['rw', '--unix-mode rw: expected a mode such as 0660'],
    ['1660', '--unix-mode 1660: expected a mode such as 0660'],
  ])('refuses the mode %s', (mode, problem) => {
    expect(problemsOf({ 'unix-mode': mode })).toContain(problem);
  });

  it('takes mode and group of unix sockets', () => {
    const settings = { 'unix-mode': '0600', 'unix-group': 'docker' };
    expect(validateSettings(settings).localAccess).toEqual({ mode: 0o600, group: 'docker' });
    expect(validateSettings({}).localAccess).toEqual({ mode: 0o660, group: undefined });
  });

  it('refuses to listen nowhere', () => {
    expect(problemsOf({ host: [] })).toBe('--host: at least one address is needed');
  });

  it.each([
    '/var/run/docker.sock',
    'unix://docker.sock',
    'unix:///',
    'tcp://d:2375',
    'ssh://d',
    '',
  ])('refuses %j as the daemon behind', (text) => {
    expect(problemsOf({ 'docker-host': text })).toBe(
      `--docker-host ${text}: expected unix:///PATH`,
    );
  });

  it('takes a path of the daemon with spaces as it is', () => {
    const { dockerSocket } = validateSettings({ 'docker-host': 'unix:///run/a b/docker.sock' });
    expect(dockerSocket).toBe('/run/a b/docker.sock');
  });

  it('lets each TLS file be named apart from the directory', () => {
    const { tls } = validateSettings({ certs: '/etc/dockgate', tlskey: '/run/keys/key.pem' });
    expect(tls).toEqual({
      ca: '/etc/dockgate/ca.pem',
      cert: '/etc/dockgate/server-cert.pem',
      key: '/run/keys/key.pem',
    });
  });

  it('makes certificates only where it was asked to', () => {
    expect(validateSettings({ san: ['a'], client: ['b'] }).init).toBeUndefined();
    expect(validateSettings({ init: true, san: ['a'], client: ['b'] }).init).toEqual({
      sans: ['a'],
      clients: ['b'],
    });
  });

  it('counts the shutdown timeout in seconds, fractions and zero included', () => {
    expect(validateSettings({ 'shutdown-timeout': 0 }).shutdownTimeoutMs).toBe(0);
    expect(validateSettings({ 'shutdown-timeout': 1.5 }).shutdownTimeoutMs).toBe(1_500);
  });

  it('lets each limit be set', () => {
    expect(validateSettings({ 'max-inspected-body': 5 }).maxInspectedBody).toBe(5);
    const { limits } = validateSettings({
      'max-connections': 1,
      'max-connections-per-user': 2,
      'max-streams-per-user': 3,
      'max-handshakes': 4,
      'max-handshakes-per-second': 0,
    });
    expect(limits).toEqual({
      connections: 1,
      connectionsPerUser: 2,
      streamsPerUser: 3,
      handshakes: 4,
      handshakesPerSecond: 0,
    });
  });

  it.each([
    ['max-connections', 0],
    ['max-connections-per-user', 1.5],
    ['max-streams-per-user', -1],
    ['max-handshakes', '4'],
    ['max-handshakes-per-second', -1],
    ['max-inspected-body', 0],
    ['max-inspected-body', 1.5],
    ['shutdown-timeout', -1],
    ['shutdown-timeout', 86_401],
    ['shutdown-timeout', Number.NaN],
    ['shutdown-timeout', Infinity],
    ['shutdown-timeout', '30x'],
    ['shutdown-timeout', '25h'],
    ['audit-max-age', -1],
    ['audit-max-size', 'much'],
    ['audit-max-size', true],
    ['policy', ''],
    ['policy', '~/policy.yaml'],
    ['tlskey', '-----BEGIN PRIVATE KEY-----'],
    ['crl', ['a\nb']],
    ['log-level', 'loud'],
    ['log-level', 'INFO'],
    ['host', 'tcp://0.0.0.0:2376'],
    ['host', [2376]],
    ['host', null],
    ['certs', 5],
    ['init', 'yes'],
    ['config', 'x.yaml'],
  ])('refuses --%s %j, and names it', (name, value) => {
    expect(problemsOf({ [name]: value })).toMatch(new RegExp(`^--${name}(?: .*)?: `));
  });

  it('refuses a setting that it does not know, and names it', () => {
    expect(problemsOf({ tlsverify: false })).toContain('tlsverify');
    expect(problemsOf({ constructor: 'x' })).toContain('constructor');
  });

  it('lists every problem at once', () => {
    const problems = problemsOf({ 'log-level': 'loud', certs: 5, nonsense: 1 });
    for (const name of ['log-level', 'certs', 'nonsense']) expect(problems).toContain(name);
    const addresses = problemsOf({ host: ['x', 'tcp://a', 'y'], 'docker-host': 'z' });
    for (const text of ['--host x', '--host y', '--docker-host z']) {
      expect(addresses).toContain(text);
    }
  });

  it('lists problems of kind and of content together', () => {
    const problems = problemsOf({ 'log-level': 'loud', host: ['x'], 'docker-host': 'z' });
    for (const text of ['--log-level', '--host x', '--docker-host z']) {
      expect(problems).toContain(text);
    }
  });
});
