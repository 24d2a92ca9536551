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
  /** While a CA is being replaced: the one before. */
  readonly previous: PairPaths;
  /** While a CA is being replaced: the new one, signed by the one before. */
  readonly cross: string;
  readonly server: PairPaths;
  readonly clients: string;
  /** Every certificate that was issued, one file each. */
  readonly issued: string;
  /** Revocation lists, one for each CA. */
  readonly crl: string;
}

/**
 * File names in a user's directory: what `DOCKER_CERT_PATH` has to hold. Where the user made the key,
 * the request that came with it stands in the key's place.
 */
export const CLIENT_FILE = {
  ca: 'ca.pem',
  cert: 'cert.pem',
  key: 'key.pem',
  request: 'csr.pem',
} as const;

export function layoutOf(dir: string): Layout {
  return {
    dir,
    authority: { cert: join(dir, 'ca.pem'), key: join(dir, 'ca-key.pem') },
    previous: { cert: join(dir, 'ca-old.pem'), key: join(dir, 'ca-old-key.pem') },
    cross: join(dir, 'ca-cross.pem'),
    server: { cert: join(dir, 'server-cert.pem'), key: join(dir, 'server-key.pem') },
    clients: join(dir, 'clients'),
    issued: join(dir, 'issued'),
    crl: join(dir, 'crl.pem'),
  };
}
