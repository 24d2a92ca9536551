/** `dockgate server show`: what the listener shows to clients. */
import type { Argv, ArgumentsCamelCase } from 'yargs';
import { CommandError } from '../../errors.ts';
import { CERTS, JSON_OUTPUT, requireSingle } from '../pki-options.ts';
import { printFields, printJson } from '../terminal.ts';

interface ShowArguments {
  certs: string;
  json: boolean;
}

export function builder(yargs: Argv): Argv<ShowArguments> {
  return yargs
    .options({ ...CERTS, ...JSON_OUTPUT })
    .example('$0 server show', 'the names that clients may dial, and until when it is valid');
}

export async function handler(argv: ArgumentsCamelCase<ShowArguments>): Promise<void> {
  requireSingle(argv);
  const { layoutOf } = await import('../../pki/layout.ts');
  const { readServer } = await import('../../pki/server-renew.ts');
  const { entryOf } = await import('../../pki/store/entry.ts');
  const { readAuthorities } = await import('../../pki/store/rebuild.ts');
  const { daysLeft, stateOf } = await import('../../pki/users/states.ts');
  const layout = layoutOf(argv.certs);
  const server = await readServer(layout);
  if (server === undefined) throw noServer(layout.server.cert);
  const entry = entryOf(server.certificate, await readAuthorities(layout));
  const now = new Date();
  const { serial, fingerprint, issuer, notBefore, notAfter } = entry;
  const shown = {
    path: layout.server.cert,
    serial,
    fingerprint,
    issuer,
    notBefore,
    notAfter,
    state: stateOf(entry, now),
    daysLeft: daysLeft(entry, now),
    sans: server.sans,
    chain: server.chain,
  };
  if (argv.json) printJson(shown);
  else printFields(Object.entries(shown).map(([name, value]) => [label(name), String(value)]));
}

/** `daysLeft` → `days left`. */
const label = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function noServer(path: string): CommandError {
  return new CommandError(
    'FILE_UNREADABLE',
    `${path} is not there`,
    'make one with "dockgate server renew", or name the directory that has one with --certs',
  );
}
