import fs from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHostPath } from '../../../src/app/host-files.ts';

/** This process listens on the socket, so its own root is what the daemon would see. */
describe('a path of the host', () => {
  let dir: string;
  let server: Server;
  let see: (path: string) => string | undefined;

  beforeEach(async () => {
    dir = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'dockgate-host-')));
    const socket = join(dir, 'docker.sock');
    server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    fs.symlinkSync('docker.sock', join(dir, 'alias.sock'));
    fs.mkdirSync(join(dir, 'srv/data'), { recursive: true });
    see = createHostPath(join(dir, 'alias.sock'));
  });
  afterEach(() => {
    server.close();
    fs.rmSync(dir, { recursive: true, force: true });
  });

  it('is itself where no link is on the way', () => {
    expect(see(join(dir, 'srv/data'))).toBe(join(dir, 'srv/data'));
    expect(see('/')).toBe('/');
    expect(see(join(dir, 'srv//./data/'))).toBe(join(dir, 'srv/data'));
  });

  it('is where its links lead, absolute, relative and through each other', () => {
    fs.symlinkSync('/', join(dir, 'srv/root'));
    fs.symlinkSync('../../..', join(dir, 'srv/data/up'));
    fs.symlinkSync('data', join(dir, 'srv/again'));
    expect(see(join(dir, 'srv/root/etc'))).toBe(fs.realpathSync('/etc'));
    expect(see(join(dir, 'srv/data/up'))).toBe(fs.realpathSync(join(dir, 'srv/data/up')));
    expect(see(join(dir, 'srv/again/up'))).toBe(fs.realpathSync(join(dir, 'srv/again/up')));
  });

  it('keeps what is not there yet behind what is', () => {
    fs.symlinkSync(join(dir, 'srv'), join(dir, 'link'));
    expect(see(join(dir, 'link/new/er'))).toBe(join(dir, 'srv/new/er'));
    fs.symlinkSync(join(dir, 'nowhere'), join(dir, 'dangling'));
    expect(see(join(dir, 'dangling/x'))).toBe(join(dir, 'nowhere/x'));
  });

  it('cannot be seen where links go round, where a file is on the way, and where it is relative', () => {
    fs.symlinkSync('loop', join(dir, 'loop'));
    fs.writeFileSync(join(dir, 'file'), '');
    expect(see(join(dir, 'loop'))).toBeUndefined();
    expect(see(join(dir, 'file/x'))).toBeUndefined();
    expect(see('srv')).toBeUndefined();
    expect(see('')).toBeUndefined();
  });

  it('cannot be seen where nobody is found to listen on the socket', () => {
    fs.writeFileSync(join(dir, 'other.sock'), '');
    expect(createHostPath(join(dir, 'other.sock'))('/')).toBeUndefined();
    expect(createHostPath(join(dir, 'missing.sock'))('/')).toBeUndefined();
    server.close();
    expect(see('/')).toBeUndefined();
  });
});
