/** `dockgate client export`: what a user needs, in the form that their tool takes. */
import path from 'node:path';
import type { Argv, ArgumentsCamelCase } from 'yargs';
import { CommandError } from '../../errors.ts';
import type { Address } from '../../pki/export/address.ts';
import type { Material } from '../../pki/export/material.ts';
import { newPassphrase } from '../passphrase.ts';
import { CERTS, JSON_OUTPUT, requireSingle } from '../pki-options.ts';
import { note, print, printJson } from '../terminal.ts';

const FORMATS = ['dir', 'env', 'context', 'p12', 'tar'] as const;

interface ExportArguments {
  name: string;
  certs: string;
  format: (typeof FORMATS)[number];
  address: string | undefined;
  out: string | undefined;
  'passphrase-file': string | undefined;
  json: boolean;
}

export function builder(yargs: Argv): Argv<ExportArguments> {
  return yargs
    .positional('name', { type: 'string', demandOption: true, describe: 'The user' })
    .options({
      ...CERTS,
      format: {
        choices: FORMATS,
        demandOption: true,
        describe:
          'dir: for DOCKER_CERT_PATH; env: lines to paste; context: for docker context import; p12: for browsers; tar: dir as one file',
      },
      address: {
        type: 'string',
        requiresArg: true,
        describe: 'Where clients find the gate; without it the first name of its certificate',
      },
      out: {
        type: 'string',
        requiresArg: true,
        describe: 'Where to put it, "-" is standard output; without it NAME… in this directory',
      },
      'passphrase-file': {
        type: 'string',
        requiresArg: true,
        describe: 'File whose first line is the passphrase of the p12; without it you are asked',
      },
      ...JSON_OUTPUT,
    })
    .example(
      '$0 client export alice --format context --address gate.example.com',
      'then: docker context import gate alice.dockercontext',
    )
    .example(
      '$0 client export alice --format tar --out - | ssh laptop tar x',
      'for DOCKER_CERT_PATH',
    )
    .example('$0 client export alice --format p12', 'for a browser; asks for a passphrase');
}

export async function handler(argv: ArgumentsCamelCase<ExportArguments>): Promise<void> {
  requireSingle(argv);
  const { readEntries } = await import('../../pki/store/store.ts');
  const { readMaterial } = await import('../../pki/export/material.ts');
  const entries = await readEntries(argv.certs, 'client export');
  const material = await readMaterial(argv.certs, argv.name, { entries, now: new Date() });
  if (argv.format === 'env') await exportEnvironment(argv, material);
  else if (argv.format === 'dir') await exportDirectory(argv, material);
  else await exportFile(argv, material);
}

async function exportEnvironment(
  argv: ArgumentsCamelCase<ExportArguments>,
  material: Material,
): Promise<void> {
  const { requireKey } = await import('../../pki/export/material.ts');
  requireKey(material, 'environment');
  const { url } = await addressFor(argv);
  const variables = {
    DOCKER_HOST: url,
    DOCKER_TLS_VERIFY: '1',
    DOCKER_CERT_PATH: path.resolve(material.directory),
  };
  if (argv.json) printJson(variables);
  else
    for (const [name, value] of Object.entries(variables)) print(`export ${name}=${quoted(value)}`);
}

async function exportDirectory(
  argv: ArgumentsCamelCase<ExportArguments>,
  material: Material,
): Promise<void> {
  if (argv.out === '-') {
    throw new CommandError('USAGE', 'a directory cannot go to standard output', 'use --format tar');
  }
  const { writeDirectory } = await import('../../pki/export/write.ts');
  const out = path.resolve(argv.out ?? material.name);
  await writeDirectory(out, material);
  done(argv, out);
}

async function exportFile(
  argv: ArgumentsCamelCase<ExportArguments>,
  material: Material,
): Promise<void> {
  const { suffix, data } = await archiveOf(argv, material);
  if (argv.out === '-') {
    process.stdout.write(data);
    return;
  }
  const { writeExport } = await import('../../pki/export/write.ts');
  const out = path.resolve(argv.out ?? `${material.name}.${suffix}`);
  await writeExport(out, data);
  done(argv, out);
}

async function archiveOf(
  argv: ArgumentsCamelCase<ExportArguments>,
  material: Material,
): Promise<{ suffix: string; data: Buffer }> {
  const { contextTar, directoryTar } = await import('../../pki/export/archive.ts');
  if (argv.format === 'tar') return { suffix: 'tar', data: directoryTar(material) };
  if (argv.format === 'context') {
    return { suffix: 'dockercontext', data: contextTar(material, await addressFor(argv)) };
  }
  const { requireKey } = await import('../../pki/export/material.ts');
  const { pkcs12 } = await import('../../pki/export/pkcs12.ts');
  const { key } = requireKey(material, 'PKCS#12 file');
  const { certificate, authorities, name } = material;
  const passphrase = await newPassphrase(argv.passphraseFile, `${name}.p12`);
  const contents = { privateKey: key, certificate, authorities, name: `${name} (dockgate)` };
  return { suffix: 'p12', data: pkcs12(contents, passphrase) };
}

/** The address that was given, or the one that the server's certificate suggests; both checked. */
async function addressFor(argv: ArgumentsCamelCase<ExportArguments>): Promise<Address> {
  const { addressFrom, parseAddress } = await import('../../pki/export/address.ts');
  const { layoutOf } = await import('../../pki/layout.ts');
  const { covers } = await import('../../pki/server.ts');
  const { readServer } = await import('../../pki/server-renew.ts');
  const given = argv.address === undefined ? undefined : parseAddress(argv.address);
  const server = await readServer(layoutOf(argv.certs));
  const address = given ?? addressFrom(server?.sans ?? []);
  if (address === undefined) {
    throw new CommandError(
      'USAGE',
      'the server certificate names no address under which clients could reach the gate',
      'name it with --address HOST',
    );
  }
  if (given === undefined) note(`clients will dial ${address.url}; another one with --address`);
  if (server !== undefined && !covers(server.certificate, address.host)) {
    const { value } = address.host;
    note(`the server certificate is not for ${value}: dockgate server renew --san ${value}`);
  }
  return address;
}

function done(argv: ArgumentsCamelCase<ExportArguments>, out: string): void {
  if (argv.json) printJson({ user: argv.name, format: argv.format, path: out });
  else print(out);
  if (argv.format === 'context')
    note(`on the client: docker context import NAME ${path.basename(out)}`);
}

/** For a POSIX shell. */
const quoted = (value: string): string =>
  /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
