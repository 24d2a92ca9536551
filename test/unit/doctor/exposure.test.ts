import { describe, expect, it } from 'vitest';
import {
  checkExposure,
  configFileOf,
  hostArguments,
  hostsInFile,
  tcpHost,
  type ExposureFacts,
} from '../../../src/doctor/exposure.ts';
import { parseListeners } from '../../../src/doctor/processes.ts';

const nothing: ExposureFacts = {
  configured: [
    { host: 'fd://', source: 'the command line of dockerd (pid 7)', kind: 'command line' },
  ],
  ports: [],
  plaintext: [],
  silent: ['127.0.0.1:2375'],
  hidden: [],
  daemons: 1,
};
const commandLine = {
  source: 'the command line of dockerd (pid 7)',
  kind: 'command line',
} as const;
const daemonJson = { source: '/etc/docker/daemon.json', kind: 'file' } as const;

describe('a daemon on TCP', () => {
  it('passes one that has no TCP port', () => {
    expect(checkExposure(nothing)).toMatchObject({ state: 'ok' });
  });

  it('passes ports that are not the API: swarm, metrics, published ports of containers', () => {
    const ports = [2377, 7946, 9323, 8080].map((port) => ({ address: '::', port, pid: 7 }));
    expect(checkExposure({ ...nothing, ports })).toMatchObject({ state: 'ok' });
  });

  it('fails one that answers in plaintext, whoever made it answer', () => {
    const check = checkExposure({ ...nothing, plaintext: ['127.0.0.1:2375'], daemons: 0 });
    expect(check.state).toBe('failed');
    expect(check.found).toContain('anybody is root here without a certificate');
    expect(check.found).toContain('127.0.0.1:2375');
    expect(check.fix).toContain('ss -ltnp');
  });

  it('fails a tcp:// on the command line, and names the flag', () => {
    const configured = [{ host: 'tcp://10.0.0.5:2376', ...commandLine }];
    const check = checkExposure({ ...nothing, configured });
    expect(check.state).toBe('failed');
    expect(check.found).toContain('the command line of dockerd (pid 7)');
    expect(check.fix).toContain('remove "-H tcp://10.0.0.5:2376"');
  });

  it('fails a tcp:// in daemon.json, and names the file', () => {
    const configured = [{ host: 'tcp://0.0.0.0:2375', ...daemonJson }];
    expect(checkExposure({ ...nothing, configured }).fix).toContain(
      'from "hosts" in /etc/docker/daemon.json',
    );
  });

  it('fails a dockerd that has 2376 open, handed over by systemd', () => {
    const ports = [{ address: '::', port: 2376, pid: 7 }];
    const check = checkExposure({ ...nothing, ports });
    expect(check.found).toContain('[::]:2376 (dockerd, pid 7)');
    expect(check.fix).toContain('systemctl cat docker.socket');
  });

  it('knows nothing where sockets are hidden and could have been handed over', () => {
    expect(checkExposure({ ...nothing, hidden: [7] })).toMatchObject({ state: 'skipped' });
    const unixOnly = [{ host: 'unix:///run/docker.sock', ...commandLine }];
    const check = checkExposure({ ...nothing, configured: unixOnly, hidden: [7] });
    expect(check.state).toBe('ok');
  });
});

describe('what a daemon is told', () => {
  it.each([
    [
      ['dockerd', '-H', 'fd://', '-H', 'tcp://0.0.0.0:2375'],
      ['fd://', 'tcp://0.0.0.0:2375'],
    ],
    [
      ['dockerd', '-H=tcp://:2375', '--host=unix:///x'],
      ['tcp://:2375', 'unix:///x'],
    ],
    [
      ['dockerd', '-Htcp://:2375', '--host', 'tcp://a'],
      ['tcp://:2375', 'tcp://a'],
    ],
    [['dockerd', '--hosts', 'x'], []],
    [['dockerd', '-H'], []],
  ])('is read from %j', (args, hosts) => {
    expect(hostArguments(args)).toEqual(hosts);
  });

  it('is read from its file', () => {
    expect(hostsInFile('{"hosts":["tcp://a","unix:///b"]}')).toEqual(['tcp://a', 'unix:///b']);
    expect(hostsInFile('{"hosts":"tcp://a"}')).toEqual([]);
    expect(hostsInFile('no JSON')).toEqual([]);
    expect(configFileOf(['dockerd', '--config-file=/x.json'])).toBe('/x.json');
    expect(configFileOf(['dockerd'])).toBe('/etc/docker/daemon.json');
  });

  it.each([
    ['tcp://', '0.0.0.0', 2375],
    ['tcp://:4243', '0.0.0.0', 4243],
    ['tcp://10.0.0.5', '10.0.0.5', 2375],
    ['tcp://[::1]:2375', '::1', 2375],
  ])('%s is a port to ask', (host, address, port) => {
    expect(tcpHost(host)).toEqual({ address, port });
  });

  it('unix:// and fd:// are none', () => {
    expect(tcpHost('unix:///run/docker.sock')).toBeUndefined();
    expect(tcpHost('fd://')).toBeUndefined();
  });
});

describe('/proc/net/tcp', () => {
  it('gives the listening sockets, with their addresses in the right order', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:0947 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1599 1',
      '   1: 0100007F:B211 0100007F:0947 01 00000000:00000000 00:00000000 00000000     0        0 1600 1',
      '   2: B80D0120000000000000000007000000:0948 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1601 1',
      '',
    ].join('\n');
    expect(parseListeners(table)).toEqual([
      { address: '127.0.0.1', port: 2375, inode: '1599' },
      { address: '2001:db8::7', port: 2376, inode: '1601' },
    ]);
  });
});
