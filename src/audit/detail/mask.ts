/** Words in the name of a setting whose value is nobody's business. */
const SECRET_NAME =
  '[\\w.-]*(?:pass(?:wd|word|phrase|code)?|pwd|secret|token|api[-_.]?key|access[-_.]?key|private[-_.]?key|' +
  'signing[-_.]?key|encryption[-_.]?key|unlock[-_.]?key|account[-_.]?key|credentials?|bearer|authorization|auth|' +
  'cookie|session[-_.]?id|jwt|dsn|connection[-_.]?string)[\\w.-]*';

const MASK = '***';

/** A quoted value, or one up to the next blank. */
const VALUE = `(?:"(?:[^"\\\\]|\\\\.)*"?|'[^']*'?|[^\\s"';|&)]+)`;

/** Each finds a secret by the place where it stands; what is before it stays. */
const PLACES: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // A key block, whole.
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*-----|$)/g, MASK],
  // scheme://user:password@host; a user alone may be a token.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"']*@/gi, `$1${MASK}@`],
  // Headers: everything behind the name, to the end of the argument or of its quotes.
  [
    /\b((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]*(?:token|key|auth)[\w-]*)(\s*:\s*)[^"'\n]+/gi,
    `$1$2${MASK}`,
  ],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${MASK}`],
  // NAME=value, --name=value, "name": "value".
  [
    new RegExp(`(?<![\\w.-])(-{0,2}${SECRET_NAME})(["']?\\s*[=:]\\s*)${VALUE}`, 'gi'),
    `$1$2${MASK}`,
  ],
  // --name value, inside one argument that a shell will split.
  [new RegExp(`(?<![\\w.-])(--?${SECRET_NAME})(\\s+)(?!-)${VALUE}`, 'gi'), `$1$2${MASK}`],
  // curl -u user:password, --user=user:password.
  [/(?<![\w-])((?:-u|--(?:proxy-)?user)[\s=]+["']?[^\s:"'/]+:)[^\s"']+/g, `$1${MASK}`],
  // Tokens that tell by their beginning what they are.
  [
    /\b(?:gh[opsur]_|github_pat_|glpat-|xox[abeprs]-|sk-|sk_live_|rk_live_|AKIA|ASIA|SWMTKN-|SWMKEY-|dckr_pat_|npm_|hf_|pypi-|AIza)[\w-]{8,}|\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g,
    MASK,
  ],
];

/**
 * A text with everything masked that looks like a secret: the value of a setting whose name says so
 * (`TOKEN=…`, `--password …`), credentials in URLs and headers, keys and tokens that are known by their form.
 *
 * It cannot know a secret that looks like nothing of these; who must not have any in the log leaves commands out
 * of it (`--audit-detail minimal`).
 */
export function maskText(text: string): string {
  if (!MAY_HOLD_ONE.test(text)) return text;
  let masked = text;
  for (const [pattern, replacement] of PLACES) masked = masked.replace(pattern, replacement);
  return masked;
}

/** Most texts are short and hold none of the characters that every pattern above needs. */
const MAY_HOLD_ONE = /[=:@\s]|-----|_|-|AKIA|ASIA|eyJ|AIza/;

/** A flag whose name says that the next argument is a secret. */
const SECRET_FLAG = new RegExp(`^--?${SECRET_NAME}$`, 'i');
/** To these, and to whatever is told to `login`, `-p secret` and `-psecret` are a password. */
const TAKES_PASSWORD =
  /^(?:.*\/)?(mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|mongo|mongosh|mongodump|sshpass|redis-cli|ldapsearch|ldapmodify|login)$/;
/** Where the letter is another one than `p`. */
const PASSWORD_LETTER: Readonly<Record<string, string>> = {
  'redis-cli': '-a',
  ldapsearch: '-w',
  ldapmodify: '-w',
};

/**
 * The arguments of a command with what looks like a secret masked: {@link maskText} in each, and the whole of one
 * that follows a flag whose name says what it is.
 */
export function maskArguments(argv: readonly string[]): string[] {
  let letter = '';
  let before = '';
  return argv.map((argument) => {
    const flag = before;
    before = argument;
    if (takesSecret(flag, letter) && !/^--?[a-z]/i.test(argument)) return MASK;
    if (isUserFlag(flag)) return argument.replace(/:.*/s, `:${MASK}`);
    const program = TAKES_PASSWORD.exec(argument)?.[1];
    if (program !== undefined) letter = PASSWORD_LETTER[program] ?? '-p';
    if (letter !== '' && argument.startsWith(letter) && argument.length > 2) return letter + MASK;
    return maskText(argument);
  });
}

function takesSecret(flag: string, letter: string): boolean {
  return (letter !== '' && flag === letter) || SECRET_FLAG.test(flag);
}

/** curl and its kin: `-u user:password`. */
const isUserFlag = (flag: string): boolean => flag === '-u' || /^--(?:proxy-)?user$/.test(flag);
