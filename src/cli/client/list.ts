/** `dockgate client list`: every certificate of every user, one line each. */
import type { Argv, ArgumentsCamelCase } from 'yargs';
import { AUDIT_LOG, CERTS, JSON_OUTPUT, requireSingle } from '../pki-options.ts';
import { note, printJson, printTable } from '../terminal.ts';
import { clientRows, type Row } from './rows.ts';

interface ListArguments {
  certs: string;
  'audit-log': string;
  json: boolean;
}

const HEAD = [
  'name',
  'role',
  'state',
  'days left',
  'not before',
  'not after',
  'last seen',
  'serial',
  'fingerprint',
] as const;

export function builder(yargs: Argv): Argv<ListArguments> {
  return yargs
    .options({ ...CERTS, ...AUDIT_LOG, ...JSON_OUTPUT })
    .example('$0 client list', 'a table; columns separated by tabs where it is no terminal')
    .example(
      '$0 client list --json | jq -r \'.[] | select(.state=="expiring") | .user\'',
      'whom to renew',
    );
}

export async function handler(argv: ArgumentsCamelCase<ListArguments>): Promise<void> {
  requireSingle(argv);
  const { readEntries } = await import('../../pki/store/store.ts');
  const entries = await readEntries(argv.certs, 'client list');
  const rows = await clientRows(entries, argv.auditLog, new Date());
  if (argv.json) printJson(rows);
  else if (rows.length === 0) note('no users yet: make one with "dockgate client add NAME"');
  else await printTable(HEAD, rows.map(cells));
}

/** On a terminal the long numbers are cut: `client show` has them whole. */
function cells(row: Row): readonly string[] {
  const short = process.stdout.isTTY;
  const moment = (iso: string): string => (short ? iso.slice(0, 10) : iso);
  return [
    row.user,
    row.role ?? '-',
    row.state,
    String(row.daysLeft),
    moment(row.notBefore),
    moment(row.notAfter),
    row.lastSeen === undefined ? '-' : row.lastSeen.slice(0, short ? 16 : undefined),
    short ? `${row.serial.slice(0, 8)}…` : row.serial,
    short ? `${row.fingerprint.slice(0, 8)}…` : row.fingerprint,
  ];
}
