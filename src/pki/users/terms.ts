/** What the commands about users take, checked before anything is read or written. */
import { CommandError } from '../../errors.ts';
import { isUserName, USER_NAME_RULE } from '../../user-name.ts';
import { keySpec, leafDays, passphrase, userName } from '../options.ts';
import type { LeafTerms } from '../leaf.ts';
import type { KeyType } from '../keys.ts';

/** Of every command that signs. */
export interface SigningOptions {
  /** The directory of certificates. */
  readonly dir: string;
  readonly days?: number | undefined;
  readonly keyType?: KeyType | undefined;
  readonly rsaBits?: number | undefined;
  /** Opens the CA's key. */
  readonly caPassphrase?: string | undefined;
  readonly now?: Date | undefined;
}

export interface SigningTerms extends LeafTerms {
  readonly passphrase: string | undefined;
}

/** Throws USAGE or PASSPHRASE for the first value that is not allowed. */
export function signingTerms(options: SigningOptions): SigningTerms {
  return {
    days: leafDays(options.days),
    spec: keySpec(options),
    passphrase: passphrase(options.caPassphrase),
    now: options.now ?? new Date(),
  };
}

export { userName };

/** A role is named as a user is, and stands in the certificate's OU. Throws NAME_INVALID. */
export function roleName(role: string | undefined): string | undefined {
  if (role === undefined || isUserName(role)) return role;
  const shown = JSON.stringify(String(role).slice(0, 80));
  throw new CommandError('NAME_INVALID', `${shown} is not a name for a role`, USER_NAME_RULE);
}
