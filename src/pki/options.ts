/** What a caller asks of initCertificates, checked and completed once, before any file is looked at. */
import { CommandError } from '../errors.ts';
import { isUserName, USER_NAME_RULE } from '../user-name.ts';
import { thisHost, type Host } from './host.ts';
import type { KeySpec, KeyType } from './keys.ts';
import { distinctSans, parseSan, type San } from './sans.ts';
import { DEFAULT_LEAF_DAYS, MAX_LEAF_DAYS } from './validity.ts';

export interface InitOptions {
  /** The directory of certificates; made where it is missing. */
  readonly dir: string;
  /** DNS names and addresses for the server, besides those of this machine. */
  readonly sans: readonly string[];
  /** Users to make certificates for. */
  readonly clients: readonly string[];
  /** How long leaves live, in days; 365 without. */
  readonly days?: number | undefined;
  /** For new keys; `ecdsa` (P-256) without. */
  readonly keyType?: KeyType | undefined;
  /** With `rsa`: 2048 (without) to 8192. */
  readonly rsaBits?: number | undefined;
  /** Of the CA's key: opens an existing one, encrypts a new one. */
  readonly caPassphrase?: string | undefined;
  readonly now?: Date | undefined;
  /** What this machine is called; asked of the system without. */
  readonly host?: Host | undefined;
}

/** The same, complete. */
export interface InitRequest {
  readonly dir: string;
  readonly asked: readonly San[];
  readonly clients: readonly string[];
  readonly days: number;
  readonly spec: KeySpec;
  readonly passphrase: string | undefined;
  readonly now: Date;
  readonly host: Host;
}

const RSA_BITS = { least: 2048, most: 8192 };

/** Throws USAGE, SAN_INVALID, NAME_INVALID or PASSPHRASE for the first value that is not allowed. */
export function readInitOptions(options: InitOptions): InitRequest {
  if (options.dir === '')
    throw usage('the directory of certificates has no name', '--certs ./certs');
  return {
    dir: options.dir,
    asked: distinctSans(options.sans.map(parseSan)),
    clients: [...new Set(options.clients.map(userName))],
    days: leafDays(options.days),
    spec: keySpec(options),
    passphrase: passphrase(options.caPassphrase),
    now: options.now ?? new Date(),
    host: options.host ?? thisHost(),
  };
}

/** The name, where a user may be called so. Throws NAME_INVALID. */
export function userName(name: string): string {
  const allowed: boolean = isUserName(name);
  if (allowed) return name;
  const shown = JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
  throw new CommandError('NAME_INVALID', `${shown} is not a user name`, USER_NAME_RULE);
}

/** Throws USAGE for what is no lifetime of a leaf in days. */
export function leafDays(days: number = DEFAULT_LEAF_DAYS): number {
  if (Number.isInteger(days) && days >= 1 && days <= MAX_LEAF_DAYS) return days;
  throw usage(`--days has to be a whole number from 1 to ${MAX_LEAF_DAYS}`, '--days 365');
}

/** Throws USAGE for what is no kind of key. */
export function keySpec({
  keyType = 'ecdsa',
  rsaBits,
}: Pick<InitOptions, 'keyType' | 'rsaBits'>): KeySpec {
  if (keyType === 'ecdsa') {
    if (rsaBits === undefined) return { type: 'ecdsa' };
    throw usage('--rsa-bits goes with RSA keys only', '--key-type rsa --rsa-bits 3072');
  }
  const bits = rsaBits ?? RSA_BITS.least;
  if (Number.isInteger(bits) && bits >= RSA_BITS.least && bits <= RSA_BITS.most) {
    return { type: 'rsa', bits };
  }
  const range = `${RSA_BITS.least} to ${RSA_BITS.most}`;
  throw usage(`--rsa-bits has to be a whole number from ${range}`, '--rsa-bits 3072');
}

/** Throws PASSPHRASE for an empty one. */
export function passphrase(text: string | undefined): string | undefined {
  if (text !== '') return text;
  throw new CommandError(
    'PASSPHRASE',
    'the passphrase of the CA key is empty',
    'put it in the first line of the file that --ca-passphrase-file names',
  );
}

const usage = (message: string, example: string): CommandError =>
  new CommandError('USAGE', message, `for example: ${example}`);
