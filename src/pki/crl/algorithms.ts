/** The signatures that a revocation list may carry; all else, SHA-1 among it, is refused. */
import { DerCursor } from './cursor.ts';
import { oidText } from './values.ts';

/** How a signature is checked: arguments of node:crypto. */
export interface SignatureCheck {
  readonly keyType: 'rsa' | 'ec' | 'ed25519';
  /** Undefined where the key says it all. */
  readonly hash: 'sha256' | 'sha384' | 'sha512' | undefined;
}

/** RFC 8017 (RSA), RFC 5758 (ECDSA), RFC 8410 (Ed25519). */
const CHECKS: Readonly<Record<string, SignatureCheck>> = {
  '1.2.840.113549.1.1.11': { keyType: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { keyType: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { keyType: 'rsa', hash: 'sha512' },
  '1.2.840.10045.4.3.2': { keyType: 'ec', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { keyType: 'ec', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { keyType: 'ec', hash: 'sha512' },
  '1.3.101.112': { keyType: 'ed25519', hash: undefined },
};

/** Takes what an AlgorithmIdentifier holds. Throws a TypeError for one that is not accepted. */
export function requireAlgorithm(content: Buffer): SignatureCheck {
  const fields = DerCursor.of(content, 'an algorithm');
  fields.expect(0x06);
  const name = oidText(fields.content);
  const check = CHECKS[name];
  if (check === undefined) throw new TypeError(`signed in a way that is not accepted (${name})`);
  return check;
}
