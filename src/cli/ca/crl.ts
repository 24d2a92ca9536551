/** `dockgate ca crl`: signs the revocation lists anew. */
import type { Argv, ArgumentsCamelCase } from 'yargs';
import {
  CA_PASSPHRASE,
  CERTS,
  JSON_OUTPUT,
  readPassphrase,
  requireSingle,
} from '../pki-options.ts';
import { print, printJson } from '../terminal.ts';

interface CrlArguments {
  certs: string;
  'ca-passphrase-file': string | undefined;
  json: boolean;
}

export function builder(yargs: Argv): Argv<CrlArguments> {
  return yargs
    .options({ ...CERTS, ...CA_PASSPHRASE, ...JSON_OUTPUT })
    .example('$0 ca crl', 'the list is out of date');
}

export async function handler(argv: ArgumentsCamelCase<CrlArguments>): Promise<void> {
  requireSingle(argv);
  const { refreshLists } = await import('../../pki/refresh-lists.ts');
  const path = await refreshLists({
    dir: argv.certs,
    caPassphrase: await readPassphrase(argv.caPassphraseFile),
  });
  if (argv.json) printJson({ path });
  else print(path);
}
