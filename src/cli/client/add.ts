/** `dockgate client add`: a new user. */
import type { Argv, ArgumentsCamelCase } from 'yargs';
import { recordIssued, TRAIL, type TrailArguments } from '../certificate-trail.ts';
import {
  CA_PASSPHRASE,
  CERTS,
  JSON_OUTPUT,
  LEAF,
  readPassphrase,
  requireSingle,
  type LeafArguments,
} from '../pki-options.ts';
import { note } from '../terminal.ts';
import { readRequestFile, reportIssued, ROLE_AND_CSR } from './issued.ts';

interface AddArguments extends LeafArguments, TrailArguments {
  name: string;
  certs: string;
  role: string | undefined;
  csr: string | undefined;
  'ca-passphrase-file': string | undefined;
  json: boolean;
}

export function builder(yargs: Argv): Argv<AddArguments> {
  return yargs
    .positional('name', { type: 'string', demandOption: true, describe: 'What the user is called' })
    .options({ ...CERTS, ...ROLE_AND_CSR, ...LEAF, ...CA_PASSPHRASE, ...TRAIL, ...JSON_OUTPUT })
    .example('$0 client add alice', 'key and certificate in certs/clients/alice')
    .example('$0 client add ci --role builder --days 30', 'with a role, for a month')
    .example('$0 client add bob --csr - < bob.csr', "bob's key never leaves bob's machine");
}

export async function handler(argv: ArgumentsCamelCase<AddArguments>): Promise<void> {
  requireSingle(argv);
  const { addClient } = await import('../../pki/users/issue.ts');
  const issued = await addClient({
    dir: argv.certs,
    name: argv.name,
    role: argv.role,
    request: await readRequestFile(argv.csr),
    days: argv.days,
    keyType: argv.keyType,
    rsaBits: argv.rsaBits,
    caPassphrase: await readPassphrase(argv.caPassphraseFile),
  });
  await recordIssued(argv, 'certificate-issued', [issued.entry]);
  reportIssued(issued, argv);
  note(`to hand it over: dockgate client export ${argv.name} --format context|env|tar|p12`);
}
