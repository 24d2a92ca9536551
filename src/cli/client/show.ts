/** `dockgate client show`: all that is known of one user. */
import type { Argv, ArgumentsCamelCase } from 'yargs';
import { AUDIT_LOG, CERTS, JSON_OUTPUT, requireSingle } from '../pki-options.ts';
import { print, printFields, printJson } from '../terminal.ts';
import { clientRows, type Row } from './rows.ts';

interface ShowArguments {
  name: string;
  certs: string;
  'audit-log': string;
  json: boolean;
}

export function builder(yargs: Argv): Argv<ShowArguments> {
  return yargs
    .positional('name', { type: 'string', demandOption: true, describe: 'The user' })
    .options({ ...CERTS, ...AUDIT_LOG, ...JSON_OUTPUT })
    .example('$0 client show alice', 'newest certificate first');
}

export async function handler(argv: ArgumentsCamelCase<ShowArguments>): Promise<void> {
  requireSingle(argv);
  const { readEntries } = await import('../../pki/store/store.ts');
  const { userName } = await import('../../pki/options.ts');
  const { unknownUser } = await import('../../pki/users/issue.ts');
  const name = userName(argv.name);
  const entries = (await readEntries(argv.certs, 'client show')).filter(
    ({ kind, user }) => kind === 'client' && user === name,
  );
  if (entries.length === 0) throw unknownUser(name);
  const rows = await clientRows(entries, argv.auditLog, new Date());
  if (argv.json) {
    printJson({ user: name, certificates: rows });
    return;
  }
  for (const [index, row] of rows.entries()) {
    if (index > 0) print('');
    printFields(fields(row));
  }
}

function fields(row: Row): readonly (readonly [string, string])[] {
  const { revoked, supersededAt } = row;
  return [
    ['user', row.user],
    ['role', row.role ?? '-'],
    ['state', revoked === undefined ? row.state : `revoked ${revoked.at} (${revoked.reason})`],
    ['serial', row.serial],
    ['fingerprint', row.fingerprint],
    ['issuer', row.issuer],
    ['not before', row.notBefore],
    ['not after', row.notAfter],
    ...(supersededAt === undefined ? [] : [['superseded', supersededAt] as const]),
    ['days left', String(row.daysLeft)],
    ['last seen', row.lastSeen ?? '-'],
  ];
}
