import fs from 'node:fs';

/** Names of users and groups by number, as this host's files have them. */
export interface Accounts {
  user(uid: number): string;
  group(gid: number): string;
}

/** Reads /etc/passwd and /etc/group; an id without a name there (LDAP, a container) stays a number. */
export function readAccounts(): Accounts {
  const users = namesOf('/etc/passwd');
  const groups = namesOf('/etc/group');
  return {
    user: (uid) => users.get(uid) ?? `${uid}`,
    group: (gid) => groups.get(gid) ?? `${gid}`,
  };
}

/** The user that this process runs as; -1 where users have no numbers. */
export const ownUid = (): number => process.getuid?.() ?? -1;

/** The same by name, else by number: a container may run as a user that nobody has heard of. */
export const ownName = (accounts: Accounts): string => accounts.user(ownUid());

function namesOf(file: string): Map<number, string> {
  try {
    return parseNames(fs.readFileSync(file, 'utf8'));
  } catch {
    return new Map();
  }
}

/** Lines of `name:password:id:…`, see passwd(5) and group(5); the first name of an id counts. */
export function parseNames(text: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':');
    if (!name || !id || !/^\d+$/.test(id) || names.has(Number(id))) continue;
    names.set(Number(id), name);
  }
  return names;
}
