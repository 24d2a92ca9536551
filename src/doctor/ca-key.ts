import { isEncrypted } from '../pki/keys.ts';
import { failed, ok, shellWord, shellWords, shortList, warning, type Check } from './check.ts';
import type { FileFact } from './file-facts.ts';

/**
 * The CA's key is needed to issue, never to serve. Where it lies beside the gate, whoever breaks
 * into this machine makes certificates that stay valid for years, so unencrypted it is a warning.
 *
 * @param keys of the CA and, while it is replaced, of the one before.
 * @param bundle ca.pem, which every client gets and which therefore must never hold a key.
 */
export function checkCaKey(keys: readonly FileFact[], bundle: FileFact): Check {
  const name = 'CA key';
  if (bundle.text?.includes('PRIVATE KEY-----')) {
    return failed(
      name,
      `${bundle.path} holds a private key, and every client gets a copy of it`,
      `move the key out of ${shellWord(bundle.path)}, then replace the CA: dockgate ca rotate`,
    );
  }
  const present = keys.filter(({ stat }) => stat !== undefined);
  const open = present.filter(({ text }) => text === undefined || !isEncrypted(text));
  const paths = shortList((open.length > 0 ? open : present).map(({ path }) => path));
  if (present.length === 0)
    return ok(name, `not here: no ${shortList(keys.map(({ path }) => path))}`);
  if (open.length === 0) return ok(name, `${paths}, encrypted`);
  const files = shellWords(open.map(({ path }) => path));
  return warning(
    name,
    `${paths} is here, unencrypted; "serve" never needs it`,
    `keep it on another machine: scp -p ${files} HOST: && shred -u ${files} (bring it back to issue and renew)`,
  );
}
