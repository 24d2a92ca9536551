/** `dockgate ca show`: who is trusted, and what is revoked. */
import type { Argv, ArgumentsCamelCase } from 'yargs';
import {
  CA_PASSPHRASE,
  CERTS,
  JSON_OUTPUT,
  readPassphrase,
  requireSingle,
} from '../pki-options.ts';
import { note, print, printFields, printJson } from '../terminal.ts';
import { rotationLines } from './rotation-lines.ts';

interface ShowArguments {
  certs: string;
  'ca-passphrase-file': string | undefined;
  json: boolean;
}

export function builder(yargs: Argv): Argv<ShowArguments> {
  return yargs
    .options({ ...CERTS, ...CA_PASSPHRASE, ...JSON_OUTPUT })
    .example('$0 ca show', 'until when, where its key is, who has not moved');
}

export async function handler(argv: ArgumentsCamelCase<ShowArguments>): Promise<void> {
  requireSingle(argv);
  const { describeAuthorities } = await import('../../pki/rotation/describe.ts');
  const report = await describeAuthorities(argv.certs, {
    now: new Date(),
    passphrase: await readPassphrase(argv.caPassphraseFile),
  });
  if (argv.json) {
    printJson(report);
    return;
  }
  for (const { subject, part, ...rest } of report.authorities) {
    printFields([['CA', `${subject} (${part})`], ...shown(rest)]);
    print('');
  }
  for (const { issuer, ...rest } of report.lists) {
    printFields([['revocation list of', issuer], ...shown(rest)]);
    print('');
  }
  if (report.lists.length === 0) print('no revocation list: nothing was ever revoked');
  if (report.rotation !== undefined) {
    note('a rotation is under way:');
    for (const line of rotationLines(report.rotation)) note(line);
  }
}

function shown(values: Readonly<Record<string, unknown>>): [string, string][] {
  return Object.entries(values).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    String(value),
  ]);
}
