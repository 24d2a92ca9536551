/** Puts what is exported where it was asked for; never over something that is there. */
import { basename, dirname } from 'node:path';
import { CommandError } from '../../errors.ts';
import { CERTIFICATE_MODE, createDirectory, createFiles, KEY_MODE, NameTaken } from '../files.ts';
import { CLIENT_FILE } from '../layout.ts';
import type { Material } from './material.ts';

/** Writes one file, mode 0600. Throws NAME_TAKEN, FILE_UNWRITABLE. */
export async function writeExport(path: string, data: string | Uint8Array): Promise<void> {
  await whereNothingIs(path, () =>
    createFiles(dirname(path), [{ name: basename(path), data, mode: KEY_MODE }]),
  );
}

/** Writes a directory for DOCKER_CERT_PATH, mode 0700. Throws NAME_TAKEN, FILE_UNWRITABLE. */
export async function writeDirectory(path: string, { files }: Material): Promise<void> {
  const key =
    files.key === undefined ? [] : [{ name: CLIENT_FILE.key, data: files.key, mode: KEY_MODE }];
  await whereNothingIs(path, () =>
    createDirectory(dirname(path), basename(path), [
      { name: CLIENT_FILE.ca, data: files.ca, mode: CERTIFICATE_MODE },
      { name: CLIENT_FILE.cert, data: files.cert, mode: CERTIFICATE_MODE },
      ...key,
    ]),
  );
}

async function whereNothingIs(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof NameTaken)) throw error;
    throw new CommandError(
      'NAME_TAKEN',
      `${path} is there already`,
      'name another place with --out, or move it away',
      { cause: error },
    );
  }
}
