import { PLACES, SECRET_NAME, USERINFO } from './secret-places.ts';

const MASK = '***';

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

/** Most texts are short and hold none of the characters that every pattern needs. */
const MAY_HOLD_ONE = /[=:@\s_-]|AKIA|ASIA|eyJ|AIza/;

/** A URL without its credentials; whoever knows that a text is a name or a path masks nothing else in it. */
export function maskUrl(text: string): string {
  return text.replace(...USERINFO);
}

/** A flag whose name says that the next argument is a secret. */
const SECRET_FLAG = new RegExp(`^--?[\\w.-]{0,64}?${SECRET_NAME}$`, 'i');
/** A setting whose name says that all the rest is one; an argument has no quotes and may hold blanks. */
const SECRET_SETTING = new RegExp(`^(-{0,2}[\\w.-]{0,64}?${SECRET_NAME}=).`, 'is');
/** To these, and to whatever is told to `login`, `-p secret` and `-psecret` are a password. */
const TAKES_PASSWORD =
  /^(?:.*\/)?(mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|mariadb-admin|mongo|mongosh|mongodump|mongorestore|sshpass|redis-cli|ldapsearch|ldapmodify|login)$/;
/** Where the letter is another one than `p`. */
const PASSWORD_LETTER: Readonly<Record<string, string>> = {
  'redis-cli': '-a',
  ldapsearch: '-w',
  ldapmodify: '-w',
};
/** What a shell runs; it has quotes of its own. */
const SCRIPT_FLAG = /^-[a-z]{0,8}c$/;

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
    const isSecret = (letter !== '' && flag === letter) || SECRET_FLAG.test(flag);
    if (isSecret && !/^--?[a-z]/i.test(argument)) return MASK;
    if (isUserFlag(flag)) return maskUser(argument);
    const program = TAKES_PASSWORD.exec(argument)?.[1];
    if (program !== undefined) letter = PASSWORD_LETTER[program] ?? '-p';
    if (letter !== '' && argument.startsWith(letter) && argument.length > 2) return letter + MASK;
    const setting = SCRIPT_FLAG.test(flag) ? undefined : SECRET_SETTING.exec(argument)?.[1];
    if (setting !== undefined) return setting + MASK;
    return maskText(argument);
  });
}

/** curl and its kin: `-u user:password`, `-sSu …`, `-U` for a proxy. */
const isUserFlag = (flag: string): boolean =>
  /^-[a-z]{0,8}u$/i.test(flag) || /^--(?:proxy-)?user$/.test(flag);

/** `1000:1000` is what others call a user and a group. */
function maskUser(argument: string): string {
  if (/^\d+:\d+$/.test(argument)) return argument;
  const masked = maskText(argument);
  return masked.includes('://') ? masked : masked.replace(/:.*/s, `:${MASK}`);
}
