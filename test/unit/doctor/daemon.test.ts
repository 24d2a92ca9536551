import { describe, expect, it } from 'vitest';
import { checkDaemon, checkSocket, pingOf, type DaemonFacts } from '../../../src/doctor/daemon.ts';
import { accounts, file, unseen } from './helpers.ts';

const pong = {
  status: 200,
  headers: {
    'api-version': '1.41',
    server: 'Docker/20.10.24 (linux)',
    date: 'Tue, 24 Nov 2026 10:00:00 GMT',
  },
  body: 'OK',
};
const socket = file('/run/docker.sock', undefined, { kind: 'socket', mode: 0o660, gid: 5 });
const well: DaemonFacts = { socket, denied: undefined, answer: pong, took: 3, at: 0 };

describe('docker socket', () => {
  const check = (facts: Partial<DaemonFacts>) =>
    checkSocket({ ...well, ...facts }, 'ann', accounts);

  it('passes, and says whose it is', () => {
    expect(check({})).toMatchObject({
      state: 'ok',
      found: '/run/docker.sock, root:group5 0660, open to ann',
    });
  });

  it('fails where it is not there', () => {
    const result = check({ socket: unseen('/run/docker.sock') });
    expect(result.found).toBe('/run/docker.sock is not there (ENOENT)');
    expect(result.fix).toContain('systemctl start docker');
  });

  it('fails for a user outside its group, and names the group', () => {
    const result = check({ denied: 'EACCES' });
    expect(result.found).toContain('root:group5 0660, closed to ann (EACCES)');
    expect(result.fix).toContain('usermod -aG group5 ann');
  });

  it('does not send anybody into the group of root', () => {
    const rootOnly = file('/run/docker.sock', undefined, { kind: 'socket', mode: 0o600 });
    expect(check({ socket: rootOnly, denied: 'EACCES' }).fix).not.toContain('usermod');
  });

  it('fails for a file in its place', () => {
    expect(check({ socket: file('/run/docker.sock') }).found).toContain('is a file, not a socket');
  });
});

describe('daemon', () => {
  const check = (facts: Partial<DaemonFacts>) => checkDaemon({ ...well, ...facts });

  it('passes one that answers with its version, and gives its clock', () => {
    expect(check({})).toMatchObject({ state: 'ok' });
    expect(check({}).found).toContain('Docker 20.10.24 (linux), API 1.41');
    expect(pingOf(well)?.date).toBe(Date.parse('2026-11-24T10:00:00Z'));
  });

  it('fails one that does not answer', () => {
    expect(check({ answer: 'ECONNREFUSED' })).toMatchObject({ state: 'failed' });
    expect(check({ answer: 'ETIMEDOUT' }).fix).toContain('it hangs');
  });

  it('fails an answer that is no daemon’s', () => {
    const answer = { status: 200, headers: {}, body: 'OK' };
    expect(check({ answer })).toMatchObject({ state: 'failed' });
    const broken = { ...pong, status: 500, body: '{"message":"no\\u001b[31m\\nway"}' };
    expect(check({ answer: broken }).found).toBe('status 500: no [31m way');
  });

  it('is not checked where the socket is at fault', () => {
    expect(check({ denied: 'EACCES' })).toMatchObject({ state: 'skipped' });
  });
});
