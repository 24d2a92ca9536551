/** Distinguished names (RFC 5280, 4.1.2.4). */
import { encode, oid, sequence, setOf, utf8String } from './forge.ts';

const ATTRIBUTE_OID = { CN: '2.5.4.3', O: '2.5.4.10', OU: '2.5.4.11' } as const;

export interface NameAttribute {
  readonly type: keyof typeof ATTRIBUTE_OID;
  readonly value: string;
}

/**
 * The DER of a name with these attributes, in this order, each in a set of its own. Values are
 * UTF8String, since a user's name may have "_" and "@", which PrintableString has not. Any string is
 * taken: what a user may be called is decided by isUserName, not here.
 */
export function distinguishedName(attributes: readonly NameAttribute[]): Buffer {
  const sets = attributes.map(({ type, value }) =>
    setOf(sequence(oid(ATTRIBUTE_OID[type]), utf8String(value))),
  );
  return encode(sequence(...sets));
}

/** The DER of a name that is one CN. */
export function commonName(value: string): Buffer {
  return distinguishedName([{ type: 'CN', value }]);
}

/**
 * The DER of a user's name: the role, where there is one, as the only OU, and the user as the only
 * CN. What is in the subject is signed: nobody can change a role afterwards.
 */
export function userSubject(user: string, role?: string): Buffer {
  const name: NameAttribute = { type: 'CN', value: user };
  return distinguishedName(role === undefined ? [name] : [{ type: 'OU', value: role }, name]);
}
