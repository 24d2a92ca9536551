import type { FileFact, FileStat } from '../../../src/doctor/file-facts.ts';
import type { Issued } from '../../support/throwaway-ca.ts';

/** A readable file of root's, mode 0600, unless told otherwise. */
export function file(
  path: string,
  text: string | undefined = '',
  stat: Partial<FileStat> = {},
): FileFact {
  return {
    path,
    text,
    error: undefined,
    stat: { kind: 'file', mode: 0o600, uid: 0, gid: 0, ...stat },
  };
}

export const directory = (path: string, stat: Partial<FileStat> = {}): FileFact => ({
  ...file(path, undefined, { kind: 'directory', mode: 0o700, ...stat }),
  text: undefined,
});

/** A file that nothing is known of but the system's word. */
export const unseen = (path: string, error = 'ENOENT'): FileFact => ({
  path,
  error,
  stat: undefined,
  text: undefined,
});

export const accounts = {
  user: (uid: number): string => (uid === 0 ? 'root' : `user${uid}`),
  group: (gid: number): string => (gid === 0 ? 'root' : `group${gid}`),
};

/** What a listener or a client holds, all of it readable. */
export function materialOf(ca: Issued, leaf: Issued, key: Issued = leaf) {
  return { ca: [ca.certificate], cert: [leaf.certificate], key: key.keys.privateKey } as const;
}
