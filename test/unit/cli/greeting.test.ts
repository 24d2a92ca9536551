import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { greeting, type Greeting } from '../../../src/cli/greeting.ts';
import { loadConfig, type RawSettings } from '../../../src/config/load.ts';

const greet = (settings: RawSettings = {}, rest: Partial<Greeting> = {}): string =>
  greeting({
    config: loadConfig({ init: true, ...settings }, {}),
    addresses: [{ host: '0.0.0.0', port: 2376 }],
    localSockets: [],
    report: undefined,
    container: false,
    ...rest,
  });

const lines = (text: string): string[] => text.split('\n').map((line) => line.trim());

describe('greeting', () => {
  it('names what to copy, by its whole path, and where the trail is', () => {
    const text = greet({ certs: 'certs', 'audit-log': 'logs/a.jsonl' });
    const source = resolve('certs/clients/admin');
    expect(lines(text)).toContain(`scp -r ${source} CLIENT:.docker/dockgate`);
    expect(text).toContain(resolve('logs/a.jsonl'));
    expect(text).toContain('unix:///var/run/docker.sock');
  });

  it('copies the first client that was asked for', () => {
    expect(greet({ client: ['alice', 'bob'] })).toContain('/clients/alice ');
  });

  it('gives the exact lines that a client types', () => {
    const typed = lines(greet({ san: ['gate.example.com'] }));
    expect(typed).toContain(
      'export DOCKER_HOST=tcp://gate.example.com:2376 DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=~/.docker/dockgate',
    );
    expect(typed).toContain(
      'docker context create dockgate --docker "host=tcp://gate.example.com:2376,ca=$HOME/.docker/dockgate/ca.pem,cert=$HOME/.docker/dockgate/cert.pem,key=$HOME/.docker/dockgate/key.pem"',
    );
  });

  it.each([
    [['gate.example.com', '192.0.2.1'], '0.0.0.0', 'tcp://gate.example.com:7'],
    [['2001:db8::1'], '0.0.0.0', 'tcp://[2001:db8::1]:7'],
    [[], '192.0.2.1', 'tcp://192.0.2.1:7'],
    [[], '2001:db8::1', 'tcp://[2001:db8::1]:7'],
    [[], '0.0.0.0', `tcp://${hostname()}:7`],
    [[], '::', `tcp://${hostname()}:7`],
  ])('with the SANs %j and listening on %s, names %s', (san, host, server) => {
    expect(greet({ san }, { addresses: [{ host, port: 7 }] })).toContain(`DOCKER_HOST=${server} `);
  });

  it('of a gate on unix sockets alone names the socket, and no address that nobody listens on', () => {
    const text = greet({}, { addresses: [], localSockets: ['/run/dockgate/dockgate.sock'] });
    expect(lines(text)).toContain('export DOCKER_HOST=unix:///run/dockgate/dockgate.sock');
    expect(text).not.toMatch(/:2376 |DOCKER_TLS_VERIFY|scp/);
    expect(text).toContain(resolve('logs/audit.jsonl'));
  });

  it('lists what was created and what was left alone, with what is wrong with it', () => {
    const report = {
      created: [{ what: 'CA key', path: 'certs/ca-key.pem' }],
      kept: [{ what: 'server key', path: 'certs/server-key.pem', detail: 'mode 0644' }],
      issued: [],
    };
    const text = greet({}, { report });
    expect(text).toMatch(/^created +CA key +certs\/ca-key\.pem$/m);
    expect(text).toMatch(/^kept +server key +certs\/server-key\.pem \(mode 0644\)$/m);
    expect(greet()).not.toContain('created');
  });

  it('in a container, tells how to get the client out, and does not claim a name', () => {
    const text = greet({ certs: '/var/lib/dockgate/certs' }, { container: true });
    expect(text).toMatch(
      /docker cp \S+:\/var\/lib\/dockgate\/certs\/clients\/admin dockgate-client$/m,
    );
    expect(text).toContain('DOCKER_HOST=tcp://HOST:2376 ');
    expect(text).toContain('dockgate server renew --san HOST');
    expect(text).not.toContain(hostname());
    const named = greet({ san: ['gate.example.com'] }, { container: true });
    expect(named).toContain('DOCKER_HOST=tcp://gate.example.com:2376 ');
    expect(named).not.toContain('HOST:');
  });
});
