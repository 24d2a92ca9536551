/** `dockgate server renew`: a new certificate for the listener; a running gate takes it up by itself. */
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
import { print, printJson } from '../terminal.ts';

interface RenewArguments extends LeafArguments, TrailArguments {
  certs: string;
  san: string[];
  'drop-san': string[];
  'ca-passphrase-file': string | undefined;
  json: boolean;
}

export function builder(yargs: Argv): Argv<RenewArguments> {
  return yargs
    .options({
      ...CERTS,
      san: {
        type: 'string',
        array: true,
        nargs: 1,
        default: [] as string[],
        describe: 'DNS name or IP address to add; repeatable',
      },
      'drop-san': {
        type: 'string',
        array: true,
        nargs: 1,
        default: [] as string[],
        describe: 'DNS name or IP address to leave out; repeatable',
      },
      ...LEAF,
      ...CA_PASSPHRASE,
      ...TRAIL,
      ...JSON_OUTPUT,
    })
    .example('$0 server renew', 'for another year')
    .example('$0 server renew --san gate.example.com', 'clients dial a name that it lacked');
}

export async function handler(argv: ArgumentsCamelCase<RenewArguments>): Promise<void> {
  requireSingle(argv, ['san', 'drop-san']);
  const { renewServer } = await import('../../pki/server-renew.ts');
  const { entry, sans, path, lifetime } = await renewServer({
    dir: argv.certs,
    sans: argv.san,
    without: argv.dropSan,
    days: argv.days,
    keyType: argv.keyType,
    rsaBits: argv.rsaBits,
    caPassphrase: await readPassphrase(argv.caPassphraseFile),
  });
  await recordIssued(argv, 'certificate-renewed', [entry]);
  if (argv.json) printJson({ ...entry, path, sans });
  else print(`server certificate: ${path} (${lifetime}; for ${sans.join(', ')})`);
}
