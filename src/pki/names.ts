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
