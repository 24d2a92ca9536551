/** Where certificates and keys lie under the directory that `--certs` names. */
import { join } from 'node:path';

/** The two files of one certificate. */
export interface PairPaths {
  readonly cert: string;
  readonly key: string;
}

export interface Layout {
  readonly dir: string;
  readonly authority: PairPaths;
  readonly server: PairPaths;
  readonly clients: string;
}

/** File names in a user's directory: what `DOCKER_CERT_PATH` has to hold. */
export const CLIENT_FILE = { ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem' } as const;

export function layoutOf(dir: string): Layout {
  return {
    dir,
    authority: { cert: join(dir, 'ca.pem'), key: join(dir, 'ca-key.pem') },
    server: { cert: join(dir, 'server-cert.pem'), key: join(dir, 'server-key.pem') },
    clients: join(dir, 'clients'),
  };
}
