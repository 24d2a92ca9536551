/**
 * What a user may be called. The name is the certificate's CN, a directory under `certs/clients/`
 * and a word in every log line, so it has to be safe in all three: ASCII, no separator, no leading
 * dot, at most 63 characters. Local callers are called `unix:/PATH`, which this rule lets no certificate be.
 */
const USER_NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$/;

/** The rule in words, for messages. */
export const USER_NAME_RULE =
  'a name starts with a letter or digit, goes on with letters, digits, ".", "_", "@" or "-", and has at most 63 characters';

/** True where `name` is a string that {@link USER_NAME_RULE} allows; no trimming, no folding. */
export function isUserName(name: unknown): name is string {
  return typeof name === 'string' && USER_NAME.test(name);
}

/**
 * What local callers are called: `unix:` and the absolute path of the socket that they come in by. The colon and the
 * slash keep such a name apart from every certificate's; what would be a pattern in a policy is not in it.
 */
const LOCAL_USER = /^unix:\/[A-Za-z0-9._@+,=~:/-]{1,106}$/;

/** The rule in words, for messages. */
export const SOCKET_PATH_RULE =
  'an absolute path of letters, digits, and ".", "_", "@", "+", ",", "=", "~", ":", "-"';

/** True for the name of a local caller. */
export function isLocalUser(name: unknown): name is `unix:/${string}` {
  return typeof name === 'string' && LOCAL_USER.test(name);
}
