/** What `client add` and `client renew` have in common. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { CommandError, systemCode } from '../../errors.ts';
import type { IssuedClient, Request } from '../../pki/users/issue.ts';
import { note, print, printJson } from '../terminal.ts';

export const ROLE_AND_CSR = {
  role: {
    type: 'string',
    requiresArg: true,
    describe: 'Role that policy rules may go by; signed into the certificate',
  },
  csr: {
    type: 'string',
    requiresArg: true,
    describe: 'Request (PKCS#10, PEM) of the user, whose key stays there; "-" is standard input',
  },
} as const;

/** The request in a file or on standard input. Throws FILE_UNREADABLE. */
export async function readRequestFile(path: string | undefined): Promise<Request | undefined> {
  if (path === undefined) return undefined;
  if (path === '-') return { pem: await text(process.stdin), source: 'standard input' };
  try {
    return { pem: await readFile(path, 'utf8'), source: path };
  } catch (error) {
    throw new CommandError(
      'FILE_UNREADABLE',
      `${path} cannot be read: ${systemCode(error)}`,
      'name the file of the request with --csr, or "-" for standard input',
      { cause: error },
    );
  }
}

/** Says what was made. */
export function reportIssued(issued: IssuedClient, { json }: { readonly json: boolean }): void {
  const { entry, directory, lifetime, certificate, superseded } = issued;
  if (json) {
    printJson({
      ...entry,
      directory,
      certificate,
      superseded: superseded.map(({ serial, supersededAt }) => ({ serial, supersededAt })),
    });
    return;
  }
  const role = entry.role === undefined ? '' : `, role ${entry.role}`;
  print(`${entry.user}${role}: ${directory} (${lifetime}; serial ${entry.serial})`);
  for (const { serial, supersededAt } of superseded) {
    note(`the certificate ${serial} is refused from ${supersededAt ?? 'now'} on`);
  }
}
