/** Flags that the commands about certificates share, and what is read on their behalf. */
import { readFile } from 'node:fs/promises';
import { CommandError, systemCode } from '../errors.ts';

export const CERTS = {
  certs: {
    type: 'string',
    default: './certs',
    requiresArg: true,
    describe: 'Directory of certificates',
  },
} as const;

export const JSON_OUTPUT = {
  json: { type: 'boolean', default: false, describe: 'Print the result as JSON' },
} as const;

export const CA_PASSPHRASE = {
  'ca-passphrase-file': {
    type: 'string',
    requiresArg: true,
    describe: "File whose first line opens the CA's key",
  },
} as const;

export const LEAF = {
  days: {
    type: 'number',
    default: 365,
    requiresArg: true,
    describe: 'How long the certificate is valid; never longer than its CA',
  },
  'key-type': {
    choices: ['ecdsa', 'rsa'] as const,
    default: 'ecdsa' as const,
    describe: 'Kind of the new key; ecdsa is P-256',
  },
  'rsa-bits': { type: 'number', requiresArg: true, describe: 'Size of RSA keys; 2048 to 8192' },
} as const;

export const AUDIT_LOG = {
  'audit-log': {
    type: 'string',
    default: './logs/audit.jsonl',
    requiresArg: true,
    describe: 'Audit trail that tells when a certificate was last seen',
  },
} as const;

export interface LeafArguments {
  days: number;
  'key-type': 'ecdsa' | 'rsa';
  'rsa-bits': number | undefined;
}

/**
 * The first line, as openssl's `-passin file:` reads it. The path is named in messages, never the
 * content. Throws FILE_UNREADABLE.
 */
export async function readPassphrase(
  path: string | undefined,
  flag = '--ca-passphrase-file',
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return (await readFile(path, 'utf8')).split(/\r?\n/, 1)[0];
  } catch (error) {
    throw new CommandError(
      'FILE_UNREADABLE',
      `${path} cannot be read: ${systemCode(error)}`,
      `name a file whose first line is the passphrase with ${flag}`,
      { cause: error },
    );
  }
}

/** yargs makes an array of an option that is given twice, whatever its type says. Throws USAGE. */
export function requireSingle(
  argv: Readonly<Record<string, unknown>>,
  repeatable: readonly string[] = [],
): void {
  for (const [name, value] of Object.entries(argv)) {
    const isFlag = name !== '_' && name === name.toLowerCase();
    if (!isFlag || !Array.isArray(value) || repeatable.includes(name)) continue;
    throw new CommandError('USAGE', `--${name} is given more than once`, `give --${name} once`);
  }
}
