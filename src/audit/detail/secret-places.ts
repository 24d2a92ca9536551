/*
 * Every repetition below is bounded, or cannot match what comes after it, so that no text takes longer than in
 * proportion to its length: what stands in a command is up to whoever calls.
 */

/** A word in the name of a setting whose value is nobody's business, to the end of that name. */
export const SECRET_NAME =
  '(?:pass(?!age|enger|ive|through|ed\\b)|pwd|secret|token(?!i[sz])|api[-_.]?key|access[-_.]?key|' +
  'private[-_.]?key|signing[-_.]?key|encryption[-_.]?key|unlock[-_.]?key|account[-_.]?key|credential|bearer|' +
  'auth(?!or(?!i[sz]))|cookie|session[-_.]?id|jwt|dsn|connection[-_.]?string)' +
  // The name of a file says nothing of what is in it.
  '(?![\\w.-]{0,64}[-_](?:file|path|dir|stdin)\\b)[\\w.-]{0,64}';

const MASK = '***';

/** A value in quotes, escaped ones too, or one up to the next blank, as a shell puts them together. */
const QUOTED = `\\\\"(?:[^"\\\\]|\\\\[^"])*(?:\\\\")?|"(?:[^"\\\\]|\\\\.)*"?|'[^']*'?`;
const VALUE = `(?:${QUOTED}|[^\\s"';|&)])+`;

/** Programs to which a letter hands a password, in a script. */
const script = (programs: string, letter: string): RegExp =>
  new RegExp(
    `\\b((?:${programs})\\b[^|;&\\n]{0,200}?\\s-${letter}\\s{0,8})(?![\\s-])${VALUE}`,
    'g',
  );

type Place = readonly [pattern: RegExp, replacement: string];

/** `//user:password@`; a user alone may be a token. */
export const USERINFO: Place = [/(\/\/)[^\s/?#"']*@/g, `$1${MASK}@`];

/** Each finds a secret by the place where it stands; what is before it stays. */
export const PLACES: readonly Place[] = [
  // A key block, whole.
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*-----|$)/g, MASK],
  USERINFO,
  // Headers: everything behind the name, to the end of the argument or of its quotes.
  [
    /\b((?:authorization|cookie|x-(?=[\w-]{0,64}(?:token|key|auth))[\w-]{1,64})\s{0,8}:\s{0,8})[^\s"'][^"'\n]*/gi,
    `$1${MASK}`,
  ],
  [/\b(bearer|basic)\s{1,8}[\w.~+/=-]{8,}/gi, `$1 ${MASK}`],
  // NAME=value, --name=value.
  [new RegExp(`(${SECRET_NAME}\\s{0,8}=\\s{0,8})${VALUE}`, 'gi'), `$1${MASK}`],
  // "name": "value", name: value; but not `/run/secrets:/run/secrets`, nor `"auth":true` of a filter.
  [
    new RegExp(
      `(?<!/[\\w.-]{0,64})(${SECRET_NAME}(?:\\\\?["'])?\\s{0,8}:\\s{0,8})(?!/|(?:true|false|null)\\b)(?:${QUOTED}|[^\\s"';|&)]+)`,
      'gi',
    ),
    `$1${MASK}`,
  ],
  // --name value, inside one argument that a shell will split.
  [
    new RegExp(`(?<![\\w.-])(--?[\\w.-]{0,64}?${SECRET_NAME}\\s{1,8})(?![\\s-])${VALUE}`, 'gi'),
    `$1${MASK}`,
  ],
  // curl -u user:password, --user=user:password.
  [
    /(?<![\w-])((?:-[a-z]{0,8}u|--(?:proxy-)?user)(?:\s{1,8}|=)?["']?(?!\d+:\d+(?!\S))[^\s:"'/=]{1,128}:)[^\s"'/][^\s"']*/gi,
    `$1${MASK}`,
  ],
  [script('mysql\\w{0,8}|mariadb[\\w-]{0,8}|mongo\\w{0,8}|sshpass|login', 'p'), `$1${MASK}`],
  [script('redis-cli', 'a'), `$1${MASK}`],
  [script('ldapsearch|ldapmodify', 'w'), `$1${MASK}`],
  // Tokens that tell by their beginning what they are.
  [
    /\b(?:gh[opsur]_|github_pat_|glpat-|xox[abeprs]-|sk-|sk_live_|rk_live_|AKIA|ASIA|SWMTKN-|SWMKEY-|dckr_pat_|npm_|hf_|pypi-|AIza)[\w+/-]{8,}|(?<![\w-])eyJ[\w-]{8,}\.[\w-]*(?:\.[\w-]*)?/g,
    MASK,
  ],
];
