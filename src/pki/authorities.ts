/** The CA in use and, while it is being replaced, the one before. */
import { CommandError } from '../errors.ts';
import { loadAuthority, type Authority } from './authority.ts';
import type { Layout } from './layout.ts';

export interface Authorities {
  readonly current: Authority;
  /** Until `ca rotate --drop-old`. */
  readonly previous: Authority | undefined;
  /** True where the one before is there and has expired since; then `previous` is undefined. */
  readonly expired: boolean;
  /** Both. */
  readonly all: readonly Authority[];
}

export interface AuthorityOptions {
  readonly now: Date;
  /** Of the CA's key; the one before has the same, or none. */
  readonly passphrase: string | undefined;
}

/** Throws FILE_UNREADABLE where there is no CA, and what loadAuthority throws. */
export async function loadAuthorities(
  layout: Layout,
  options: AuthorityOptions,
): Promise<Authorities> {
  const current = await loadAuthority(layout.authority, options);
  if (current === undefined) throw noAuthority(layout);
  const previous = await loadPrevious(layout, options);
  return {
    current,
    previous: previous === 'expired' ? undefined : previous,
    expired: previous === 'expired',
    all: previous === undefined || previous === 'expired' ? [current] : [current, previous],
  };
}

async function loadPrevious(
  layout: Layout,
  options: AuthorityOptions,
): Promise<Authority | 'expired' | undefined> {
  try {
    return await loadAuthority(layout.previous, options);
  } catch (error) {
    if (error instanceof CommandError && error.code === 'CERTIFICATE_EXPIRED') return 'expired';
    throw error;
  }
}

function noAuthority({ authority }: Layout): CommandError {
  return new CommandError(
    'FILE_UNREADABLE',
    `${authority.cert} is not there`,
    'make a CA with "dockgate init-certs", or name the directory that has one with --certs',
  );
}
