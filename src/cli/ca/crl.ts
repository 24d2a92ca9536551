/** `dockgate ca crl`: signs the revocation lists anew. */
import type { Argv, ArgumentsCamelCase, CommandModule } from 'yargs';
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

export const crlCommand: CommandModule<object, CrlArguments> = {
  command: 'crl',
  describe: 'Sign the revocation lists anew; every command that signs does this, too',
  builder: (yargs: Argv) =>
    yargs
      .options({ ...CERTS, ...CA_PASSPHRASE, ...JSON_OUTPUT })
      .example('$0 ca crl', 'the list is out of date'),
  handler,
};

async function handler(argv: ArgumentsCamelCase<CrlArguments>): Promise<void> {
  requireSingle(argv);
  const { refreshLists } = await import('../../pki/refresh-lists.ts');
  const path = await refreshLists({
    dir: argv.certs,
    caPassphrase: await readPassphrase(argv.caPassphraseFile),
  });
  if (argv.json) printJson({ path });
  else print(path);
}
