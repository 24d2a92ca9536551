import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { failureOf } from '../helpers/refusal.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

/** A configuration file with this text. */
function yaml(text: string): string {
  const file = join(temporaryDirectory(), 'dockgate.yaml');
  writeFileSync(file, text);
  return file;
}

describe('loadConfig', () => {
  it('has the defaults where nothing is said', () => {
    expect(loadConfig({}, {})).toMatchObject({ certsDir: './certs', logLevel: 'info' });
  });

  it('prefers the flag to the environment, that to the file, and the file to the default', () => {
    const config = yaml('certs: file\nlog-level: warn\nshutdown-timeout: 5\n');
    const env = { DOCKGATE_CERTS: 'env', DOCKGATE_LOG_LEVEL: 'error' };
    expect(loadConfig({ config, certs: 'flag' }, env)).toMatchObject({
      certsDir: 'flag',
      logLevel: 'error',
      shutdownTimeoutMs: 5_000,
      auditLog: './logs/audit.jsonl',
    });
  });

  it('replaces a list as a whole, it does not mix the sources', () => {
    const config = yaml('host:\n  - tcp://127.0.0.1:1\n  - tcp://127.0.0.1:2\n');
    const { listen } = loadConfig({ config }, { DOCKGATE_HOST: 'tcp://127.0.0.1:3' });
    expect(listen).toEqual([{ host: '127.0.0.1', port: 3 }]);
  });

  it('takes a flag that was not given for unsaid', () => {
    expect(loadConfig({ certs: undefined }, { DOCKGATE_CERTS: 'env' }).certsDir).toBe('env');
  });

  it('finds the file by the environment too, but rather by the flag', () => {
    const env = { DOCKGATE_CONFIG: yaml('certs: by-env') };
    expect(loadConfig({}, env).certsDir).toBe('by-env');
    expect(loadConfig({ config: yaml('certs: by-flag') }, env).certsDir).toBe('by-flag');
  });

  it('reads what environment values stand for', () => {
    const config = loadConfig(
      {},
      {
        DOCKGATE_HOST: ' tcp://127.0.0.1:1 ,,tcp://[::1]:2',
        DOCKGATE_INIT: 'true',
        DOCKGATE_SAN: 'gate.example.com,192.0.2.1',
        DOCKGATE_SHUTDOWN_TIMEOUT: '2.5',
        DOCKGATE_TLSKEY: '/run/key.pem',
      },
    );
    expect(config).toMatchObject({
      listen: [
        { host: '127.0.0.1', port: 1 },
        { host: '::1', port: 2 },
      ],
      init: { sans: ['gate.example.com', '192.0.2.1'], clients: [] },
      shutdownTimeoutMs: 2_500,
      tls: { key: '/run/key.pem' },
    });
  });

  it.each([
    [{ DOCKGATE_INIT: 'yes' }, 'DOCKGATE_INIT'],
    [{ DOCKGATE_INIT: 'TRUE' }, 'DOCKGATE_INIT'],
    [{ DOCKGATE_SHUTDOWN_TIMEOUT: 'soon' }, 'DOCKGATE_SHUTDOWN_TIMEOUT'],
    [{ DOCKGATE_SHUTDOWN_TIMEOUT: '' }, 'DOCKGATE_SHUTDOWN_TIMEOUT'],
    [{ DOCKGATE_HOST: '' }, 'DOCKGATE_HOST'],
    [{ DOCKGATE_NONSENSE: '1' }, 'NONSENSE'],
    [{ DOCKGATE_CONSTRUCTOR: '1' }, 'CONSTRUCTOR'],
    [{ DOCKGATE_: '1' }, ''],
  ])('refuses %o, and names the setting', (env, name) => {
    const failure = failureOf(() => loadConfig({}, env));
    expect(failure.code).toBe('CONFIG_INVALID');
    expect(failure.message).toContain(name);
  });

  it('reads no variable but its own', () => {
    const env = { DOCKER_HOST: 'ssh://x', CERTS: 'x', dockgate_certs: 'x', XDOCKGATE_CERTS: 'x' };
    expect(loadConfig({}, env)).toEqual(loadConfig({}, {}));
  });

  it('takes an empty file for nothing said', () => {
    expect(loadConfig({ config: yaml('') }, {})).toEqual(loadConfig({}, {}));
    expect(loadConfig({ config: yaml('# nothing\n') }, {})).toEqual(loadConfig({}, {}));
  });

  it('says which file cannot be read, and why', () => {
    const failure = failureOf(() => loadConfig({ config: '/nonexistent/x.yaml' }, {}));
    expect(failure).toMatchObject({ code: 'FILE_UNREADABLE', exitCode: 1 });
    expect(failure.message).toBe('the configuration /nonexistent/x.yaml cannot be read: ENOENT');
  });

  it.each([
    ['a list', '- certs\n- x\n'],
    ['a word', 'certs'],
    ['broken YAML', 'certs: [x\nhost: :\n'],
    ['a name twice', 'certs: a\ncerts: b\n'],
    ['several documents', 'certs: a\n---\ncerts: b\n'],
  ])('refuses a file that holds %s, and names it', (_, text) => {
    const config = yaml(text);
    const failure = failureOf(() => loadConfig({ config }, {}));
    expect(failure.code).toBe('CONFIG_INVALID');
    expect(failure.message).toContain(config);
  });

  it('refuses unknown names in the file, and values of the wrong kind, all at once', () => {
    const config = yaml('cert: x\nlog-level: 7\nhost: tcp://0.0.0.0:1\n');
    const { message } = failureOf(() => loadConfig({ config }, {}));
    expect(message).toBe(
      [
        `${config}:1: cert: there is no such setting; did you mean "certs"?`,
        `${config}:3: host tcp://0.0.0.0:1: expected a list`,
        `${config}:2: log-level 7: expected one of error, warn, info, debug`,
      ].join('; '),
    );
  });

  it('refuses a file that names another file', () => {
    const config = yaml('config: other.yaml\n');
    const { message } = failureOf(() => loadConfig({ config }, {}));
    expect(message).toContain('config');
  });

  it('cannot be given a prototype by a file', () => {
    const config = yaml('__proto__:\n  certs: polluted\n');
    const failure = failureOf(() => loadConfig({ config }, {}));
    expect(failure.code).toBe('CONFIG_INVALID');
    expect(({} as { certs?: unknown }).certs).toBeUndefined();
  });
});
