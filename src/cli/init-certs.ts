/** `dockgate init-certs`: creates the certificates that are missing and says what it left alone. */
import type { Argv, ArgumentsCamelCase } from 'yargs';
import { recordIssued, TRAIL, type TrailArguments } from './certificate-trail.ts';
import { reportLines } from './init-report.ts';
import { readPassphrase, requireSingle } from './pki-options.ts';
import { note, print, printJson } from './terminal.ts';

interface InitCertsArguments extends TrailArguments {
  certs: string;
  san: string[];
  client: string[];
  days: number;
  'key-type': 'ecdsa' | 'rsa';
  'rsa-bits': number | undefined;
  'ca-passphrase-file': string | undefined;
  json: boolean;
}

export function builder(yargs: Argv): Argv<InitCertsArguments> {
  return yargs
    .options({
      certs: {
        type: 'string',
        default: './certs',
        requiresArg: true,
        describe: 'Directory of certificates; a CA that is there is adopted',
      },
      san: {
        type: 'string',
        array: true,
        nargs: 1,
        default: [] as string[],
        describe:
          'DNS name or IP address that clients dial, besides those of this machine; repeatable',
      },
      client: {
        type: 'string',
        array: true,
        nargs: 1,
        default: [] as string[],
        describe: 'User to make a certificate for; repeatable',
      },
      days: {
        type: 'number',
        default: 365,
        requiresArg: true,
        describe: 'How long server and client certificates are valid (the CA: 10 years)',
      },
      'key-type': {
        choices: ['ecdsa', 'rsa'] as const,
        default: 'ecdsa' as const,
        describe: 'Kind of the new keys; ecdsa is P-256',
      },
      'rsa-bits': { type: 'number', requiresArg: true, describe: 'Size of RSA keys; 2048 to 8192' },
      'ca-passphrase-file': {
        type: 'string',
        requiresArg: true,
        describe: "File whose first line opens an adopted CA's key, or encrypts a new one",
      },
      ...TRAIL,
      json: { type: 'boolean', default: false, describe: 'Print the result as JSON' },
    })
    .example('$0 init-certs --client alice', 'a CA, a server certificate and one user')
    .example(
      '$0 init-certs --san gate.example.com --san 192.0.2.7 --client alice --client ci',
      'for clients that come by this name or address',
    )
    .example(
      '$0 init-certs --certs /etc/docker --ca-passphrase-file ~/ca.pass --client alice',
      'adopt the CA of a dockerd --tlsverify set-up',
    );
}

export async function handler(argv: ArgumentsCamelCase<InitCertsArguments>): Promise<void> {
  requireSingle(argv, ['san', 'client']);
  // Loaded here because the encoder of certificates costs every other command its start-up time.
  const { initCertificates } = await import('../pki/init.ts');
  const report = await initCertificates({
    dir: argv.certs,
    sans: argv.san,
    clients: argv.client,
    days: argv.days,
    keyType: argv.keyType,
    rsaBits: argv.rsaBits,
    caPassphrase: await readPassphrase(argv.caPassphraseFile),
  });
  await recordIssued(argv, 'certificate-issued', report.issued);
  if (argv.json) printJson(report);
  else for (const line of reportLines(report)) print(line);
  if (argv.client.length === 0) note('no client certificate was asked for: add --client NAME');
}
