import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createDirectory,
  createFiles,
  ensureDirectory,
  NameTaken,
} from '../../../src/pki/files.ts';
import { mode, refusal, temporaryDirectory, unprivileged, withUmask } from './helpers.ts';

const key = (data: string) => ({ name: 'key.pem', data, mode: 0o600 });
const cert = (data: string) => ({ name: 'cert.pem', data, mode: 0o644 });

describe('createFiles', () => {
  it.each([0, 0o077, 0o777])('sets the modes whatever the umask is (%i)', async (mask) => {
    const dir = await temporaryDirectory();
    await withUmask(mask, () => createFiles(dir, [key('k'), cert('c')]));
    expect(await mode(join(dir, 'key.pem'))).toBe('600');
    expect(await mode(join(dir, 'cert.pem'))).toBe('644');
    expect(await readdir(dir)).toEqual(['cert.pem', 'key.pem']);
  });

  it.each(['key.pem', 'cert.pem'])('writes nothing where %s exists', async (name) => {
    const dir = await temporaryDirectory();
    await writeFile(join(dir, name), 'before');
    await expect(createFiles(dir, [key('k'), cert('c')])).rejects.toThrow(NameTaken);
    expect(await readdir(dir)).toEqual([name]);
    expect(await readFile(join(dir, name), 'utf8')).toBe('before');
  });

  it('does not write through a symbolic link, not even one that leads nowhere', async () => {
    const dir = await temporaryDirectory();
    await symlink(join(dir, 'elsewhere'), join(dir, 'key.pem'));
    await expect(createFiles(dir, [key('k')])).rejects.toThrow(NameTaken);
    expect(await readdir(dir)).toEqual(['key.pem']);
  });

  it('lets exactly one of twenty writers win, and its files belong together', async () => {
    const dir = await temporaryDirectory();
    const runs = Array.from({ length: 20 }, (_, n) =>
      createFiles(dir, [key(`${n}`), cert(`${n}`)]),
    );
    const results = await Promise.allSettled(runs);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const winner = String(results.findIndex(({ status }) => status === 'fulfilled'));
    expect(await readFile(join(dir, 'key.pem'), 'utf8')).toBe(winner);
    expect(await readFile(join(dir, 'cert.pem'), 'utf8')).toBe(winner);
    expect(await readdir(dir)).toEqual(['cert.pem', 'key.pem']);
  });

  it('says in one line that a directory cannot be written', async () => {
    const parent = await temporaryDirectory();
    const dir = join(parent, 'closed');
    await unprivileged(parent, async () => {
      await mkdir(dir, { mode: 0o500 });
      const { message } = await refusal(createFiles(dir, [key('k')]), 'FILE_UNWRITABLE');
      expect(message).toBe(`${dir} cannot be written: EACCES`);
    });
  });
});

describe('createDirectory', () => {
  it.each([0, 0o777])('sets the modes whatever the umask is (%i)', async (mask) => {
    const dir = await temporaryDirectory();
    await withUmask(mask, () => createDirectory(dir, 'alice', [key('k'), cert('c')]));
    expect(await mode(join(dir, 'alice'))).toBe('700');
    expect(await mode(join(dir, 'alice', 'key.pem'))).toBe('600');
    expect(await readdir(dir)).toEqual(['alice']);
  });

  it('lets exactly one of twenty writers win', async () => {
    const dir = await temporaryDirectory();
    const runs = Array.from({ length: 20 }, (_, n) =>
      createDirectory(dir, 'alice', [key(`${n}`), cert(`${n}`)]),
    );
    const results = await Promise.allSettled(runs);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const winner = String(results.findIndex(({ status }) => status === 'fulfilled'));
    expect(await readFile(join(dir, 'alice', 'key.pem'), 'utf8')).toBe(winner);
    expect(await readFile(join(dir, 'alice', 'cert.pem'), 'utf8')).toBe(winner);
    expect(await readdir(dir)).toEqual(['alice']);
  });

  it.each(['file', 'link'])('leaves a %s of that name alone', async (kind) => {
    const dir = await temporaryDirectory();
    const target = join(dir, 'target');
    await mkdir(target);
    if (kind === 'file') await writeFile(join(dir, 'alice'), 'before');
    else await symlink(target, join(dir, 'alice'));
    await expect(createDirectory(dir, 'alice', [key('k')])).rejects.toThrow(NameTaken);
    expect(await readdir(dir)).toEqual(['alice', 'target']);
    expect(await readdir(target)).toEqual([]);
  });
});

describe('ensureDirectory', () => {
  it('makes a directory and what is missing above it with mode 0700', async () => {
    const dir = await temporaryDirectory();
    await withUmask(0o022, () => ensureDirectory(join(dir, 'a', 'b')));
    expect(await mode(join(dir, 'a'))).toBe('700');
    expect(await mode(join(dir, 'a', 'b'))).toBe('700');
  });

  it('makes every level usable under a umask that forbids all', async () => {
    const dir = await temporaryDirectory();
    await withUmask(0o777, () => ensureDirectory(join(dir, 'a', 'b')));
    expect(await mode(join(dir, 'a'))).toBe('700');
  });

  it('does not change the mode of one that exists', async () => {
    const dir = join(await temporaryDirectory(), 'mine');
    await withUmask(0, () => mkdir(dir, { mode: 0o755 }));
    await ensureDirectory(dir);
    expect(await mode(dir)).toBe('755');
  });
});
