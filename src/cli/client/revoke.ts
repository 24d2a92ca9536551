/** `dockgate client revoke`: withdraws certificates; a running gate acts on it within a second. */
import type { Argv, ArgumentsCamelCase } from 'yargs';
import { REVOCATION_REASONS, type RevocationReason } from '../../pki/crl/reasons.ts';
import type { RevokeReport } from '../../pki/users/revoke.ts';
import { recordRevoked, TRAIL, type TrailArguments } from '../certificate-trail.ts';
import {
  CA_PASSPHRASE,
  CERTS,
  JSON_OUTPUT,
  readPassphrase,
  requireSingle,
} from '../pki-options.ts';
import { note, print, printJson } from '../terminal.ts';

interface RevokeArguments extends TrailArguments {
  name: string | undefined;
  certs: string;
  serial: string | undefined;
  reason: RevocationReason;
  'ca-passphrase-file': string | undefined;
  json: boolean;
}

export function builder(yargs: Argv): Argv<RevokeArguments> {
  return yargs
    .positional('name', { type: 'string', describe: 'The user' })
    .options({
      ...CERTS,
      serial: {
        type: 'string',
        requiresArg: true,
        describe: 'Serial number in hex: this one only',
      },
      reason: {
        choices: REVOCATION_REASONS,
        default: 'unspecified' as const,
        describe: 'Why, in the words of RFC 5280',
      },
      ...CA_PASSPHRASE,
      ...TRAIL,
      ...JSON_OUTPUT,
    })
    .example('$0 client revoke alice --reason keyCompromise', "alice's laptop was stolen")
    .example('$0 client revoke --serial 58C6A0…', 'one certificate, of whomever')
    .epilogue('A revocation is never taken back: let the user have a new certificate instead.');
}

export async function handler(argv: ArgumentsCamelCase<RevokeArguments>): Promise<void> {
  requireSingle(argv);
  const { revokeCertificates } = await import('../../pki/users/revoke.ts');
  const report = await revokeCertificates({
    dir: argv.certs,
    name: argv.name,
    serial: argv.serial,
    reason: argv.reason,
    caPassphrase: await readPassphrase(argv.caPassphraseFile),
  });
  await recordRevoked(argv, report);
  if (argv.json) printJson(report);
  else tell(report);
}

function tell({ revoked, already, unseen }: RevokeReport): void {
  for (const { user, serial } of revoked) print(`revoked ${user} ${serial}`);
  const [first] = unseen;
  if (first !== undefined) {
    print(`revoked ${first.serial}`);
    note('no certificate with this serial number is known here; it is on the list all the same');
  }
  for (const { user, serial, revoked: before, notAfter } of already) {
    note(
      `${user} ${serial}: ${before ? `revoked since ${before.at}` : `expired since ${notAfter}`}`,
    );
  }
}
