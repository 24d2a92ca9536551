/** `dockgate ca rotate`: a new CA without an outage, one step at a call. */
import type { Argv, ArgumentsCamelCase } from 'yargs';
import type { RotateReport } from '../../pki/rotation/rotate.ts';
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
import { note, print, printJson } from '../terminal.ts';
import { rotationLines } from './rotation-lines.ts';

interface RotateArguments extends LeafArguments, TrailArguments {
  certs: string;
  'switch-server': boolean;
  'drop-old': boolean;
  force: boolean;
  'ca-passphrase-file': string | undefined;
  json: boolean;
}

export function builder(yargs: Argv): Argv<RotateArguments> {
  return yargs
    .options({
      ...CERTS,
      'switch-server': {
        type: 'boolean',
        default: false,
        describe: 'Switch the server before all users have moved',
      },
      'drop-old': {
        type: 'boolean',
        default: false,
        describe: 'Trust the old CA no more, and remove its key',
      },
      force: {
        type: 'boolean',
        default: false,
        describe: 'With --drop-old: lock out those who have not moved',
      },
      ...LEAF,
      days: { ...LEAF.days, describe: "How long the server's new certificate is valid" },
      ...CA_PASSPHRASE,
      ...TRAIL,
      ...JSON_OUTPUT,
    })
    .example('$0 ca rotate', 'begin; later: who has not moved, and the next step if it may be done')
    .example('$0 ca rotate --drop-old', 'end it');
}

const DONE: Readonly<Record<RotateReport['step'], string>> = {
  began: 'there is a new CA, trusted beside the old one; what is issued from now on is from it',
  waited: 'nothing to do yet',
  switched: 'the server shows a certificate from the new CA',
  dropped: 'the old CA is trusted no more, and its key is removed',
};

export async function handler(argv: ArgumentsCamelCase<RotateArguments>): Promise<void> {
  requireSingle(argv);
  const { rotate } = await import('../../pki/rotation/rotate.ts');
  const report = await rotate({
    dir: argv.certs,
    switchServer: argv.switchServer,
    dropOld: argv.dropOld,
    force: argv.force,
    days: argv.days,
    keyType: argv.keyType,
    rsaBits: argv.rsaBits,
    caPassphrase: await readPassphrase(argv.caPassphraseFile),
  });
  const event = report.step === 'began' ? 'certificate-issued' : 'certificate-renewed';
  await recordIssued(argv, event, report.issued);
  if (argv.json) {
    printJson(report);
    return;
  }
  print(DONE[report.step]);
  if (report.status !== undefined) for (const line of rotationLines(report.status)) note(line);
}
