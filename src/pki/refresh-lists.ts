/** `ca crl`: signs the revocation lists anew, so that they count as fresh again. */
import { CommandError } from '../errors.ts';
import { loadAuthorities } from './authorities.ts';
import { signerOf } from './authority.ts';
import { passphrase } from './options.ts';
import { listsChange } from './store/lists.ts';
import { withStore } from './store/store.ts';

export interface RefreshOptions {
  readonly dir: string;
  readonly caPassphrase?: string | undefined;
  readonly now?: Date | undefined;
}

/**
 * Writes `crl.pem` with what is revoked and superseded by now, though that be nothing; returns its
 * path. Throws the CA's error where it cannot sign, LOCKED, CRL_INVALID, FILE_UNWRITABLE.
 */
export async function refreshLists(options: RefreshOptions): Promise<string> {
  const now = options.now ?? new Date();
  const opening = { now, passphrase: passphrase(options.caPassphrase) };
  return withStore(options.dir, 'ca crl', async ({ layout, inventory, save }) => {
    const authorities = await loadAuthorities(layout, opening);
    signerOf(authorities.current);
    const lists = await listsChange(layout, authorities.all, { inventory, now, always: true });
    if (lists === undefined) throw noList(layout.authority.cert);
    await save(inventory, [lists]);
    return layout.crl;
  });
}

function noList(path: string): CommandError {
  return new CommandError(
    'CERTIFICATE_INVALID',
    `the CA in ${path} may not sign revocation lists (its key usage lacks cRLSign)`,
    'replace this CA with "dockgate ca rotate"',
  );
}
