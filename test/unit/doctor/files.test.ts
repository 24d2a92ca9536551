import { describe, expect, it } from 'vitest';
import { checkModes, checkOwner, checkPresent } from '../../../src/doctor/files.ts';
import { accounts, directory, file, unseen } from './helpers.ts';

describe('files', () => {
  it('passes where all can be read', () => {
    expect(checkPresent([file('/c/ca.pem')], 'make')).toMatchObject({ state: 'ok' });
  });

  it('names what is missing and the command that makes it', () => {
    const check = checkPresent([file('/c/ca.pem'), unseen('/c/server-key.pem')], 'make it');
    expect(check).toMatchObject({ state: 'failed', fix: 'make it' });
    expect(check.found).toBe('missing: /c/server-key.pem');
  });

  it('tells a file that may not be read from one that is missing', () => {
    const locked = { ...file('/c/server-key.pem'), text: undefined, error: 'EACCES' };
    const check = checkPresent([locked], 'make');
    expect(check.found).toBe('cannot be read (EACCES): /c/server-key.pem');
    expect(check.fix).toContain('ls -l /c/server-key.pem');
  });

  it('refuses a directory in the place of a file', () => {
    expect(checkPresent([directory('/c/ca.pem')], 'make').found).toContain('no regular file');
  });
});

describe('modes', () => {
  const guarded = {
    keys: [file('/c/server-key.pem')],
    certificates: [file('/c/ca.pem', '', { mode: 0o644 })],
    directories: [directory('/c')],
  };

  it('passes keys 0600, certificates 0644 and directories 0700', () => {
    expect(checkModes(guarded)).toMatchObject({ state: 'ok' });
  });

  it('are not checked where there are no files', () => {
    const none = { keys: [unseen('/c/k')], certificates: [], directories: [] };
    expect(checkModes(none)).toMatchObject({ state: 'skipped' });
  });

  it.each([0o640, 0o604, 0o620])('fails a key of mode %o, with the chmod', (mode) => {
    const check = checkModes({ ...guarded, keys: [file('/c/my key.pem', '', { mode })] });
    expect(check).toMatchObject({ state: 'failed', fix: "chmod 600 '/c/my key.pem'" });
  });

  it('fails a ca.pem that others may replace', () => {
    const certificates = [file('/c/ca.pem', '', { mode: 0o664 })];
    const check = checkModes({ ...guarded, certificates });
    expect(check).toMatchObject({ state: 'failed', fix: 'chmod go-w /c/ca.pem' });
  });

  it('warns of a directory that others may look into', () => {
    const check = checkModes({ ...guarded, directories: [directory('/c', { mode: 0o755 })] });
    expect(check).toMatchObject({ state: 'warning', fix: 'chmod 700 /c' });
  });
});

describe('owner', () => {
  const own = directory('/c', { uid: 7 });

  it('passes what belongs to the directory’s owner or to root', () => {
    const files = [file('/c/a', '', { uid: 7 }), file('/c/b', '', { uid: 0 }), unseen('/c/d')];
    expect(checkOwner(own, files, 7, accounts)).toMatchObject({ state: 'ok' });
    expect(checkOwner(own, files, 0, accounts)).toMatchObject({ state: 'ok' });
  });

  it('fails a file of somebody else, with the chown', () => {
    const check = checkOwner(own, [file('/c/a', '', { uid: 8 })], 0, accounts);
    expect(check).toMatchObject({ state: 'failed', fix: 'sudo chown user7 /c/a' });
  });

  it('is not checked where there is no directory', () => {
    expect(checkOwner(unseen('/c'), [], 0, accounts)).toMatchObject({ state: 'skipped' });
  });

  it('fails for another user than the owner', () => {
    const check = checkOwner(own, [], 9, accounts);
    expect(check.state).toBe('failed');
    expect(check.found).toBe('/c belongs to user7, this user is user9');
  });
});
