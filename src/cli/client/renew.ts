/** `dockgate client renew`: a new key and certificate for a user who is there. */
import type { Argv, ArgumentsCamelCase } from 'yargs';
import { CommandError } from '../../errors.ts';
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
import { readRequestFile, reportIssued, ROLE_AND_CSR } from './issued.ts';

interface RenewArguments extends LeafArguments, TrailArguments {
  name: string;
  certs: string;
  role: string | undefined;
  csr: string | undefined;
  'grace-hours': number;
  'ca-passphrase-file': string | undefined;
  json: boolean;
}

const HOUR_MS = 3_600_000;
const MAX_GRACE_HOURS = 24 * 365;

export function builder(yargs: Argv): Argv<RenewArguments> {
  return yargs
    .positional('name', { type: 'string', demandOption: true, describe: 'The user' })
    .options({
      ...CERTS,
      ...ROLE_AND_CSR,
      ...LEAF,
      'grace-hours': {
        type: 'number',
        default: 24,
        requiresArg: true,
        describe: 'How long the old certificate stays good',
      },
      ...CA_PASSPHRASE,
      ...TRAIL,
      ...JSON_OUTPUT,
    })
    .example('$0 client renew alice', 'the same role; the old certificate is good for 24 h')
    .example('$0 client renew alice --role auditor --grace-hours 0', 'another role, at once')
    .example('$0 client renew bob --csr bob.csr', 'for a new key that bob made');
}

export async function handler(argv: ArgumentsCamelCase<RenewArguments>): Promise<void> {
  requireSingle(argv);
  const { graceHours } = argv;
  if (!(graceHours >= 0 && graceHours <= MAX_GRACE_HOURS)) {
    throw new CommandError(
      'USAGE',
      `--grace-hours has to be a number from 0 to ${MAX_GRACE_HOURS}`,
      'for example: --grace-hours 24',
    );
  }
  const { renewClient } = await import('../../pki/users/issue.ts');
  const issued = await renewClient({
    dir: argv.certs,
    name: argv.name,
    role: argv.role,
    request: await readRequestFile(argv.csr),
    days: argv.days,
    keyType: argv.keyType,
    rsaBits: argv.rsaBits,
    graceMs: Math.round(graceHours * HOUR_MS),
    caPassphrase: await readPassphrase(argv.caPassphraseFile),
  });
  await recordIssued(argv, 'certificate-renewed', [issued.entry]);
  reportIssued(issued, argv);
}
