import { LOCAL } from '../identity/types.ts';
import { compileNetworks, type Networks } from './address.ts';
import { compileGlob, type Glob } from './glob.ts';
import type { Role } from './roles.ts';
import type { EntrySettings, LimitSettings } from './schema.ts';
import type { Caller } from './types.ts';

/** Who is meant by an entry of `users`, and what that gives. */
export interface Entry {
  readonly settings: EntrySettings;
  readonly user: Glob | undefined;
  /** SHA-256 of the public key of an outside CA; `local` for callers without one; undefined for our own. */
  readonly ca: string | undefined;
  readonly networks: Networks | undefined;
  readonly roles: readonly Role[];
  readonly limits: LimitSettings | undefined;
}

/** @param cas the key of each outside CA by its name; that which the entry names among them. */
export function compileEntry(
  settings: EntrySettings,
  roles: ReadonlyMap<string, Role>,
  cas: ReadonlyMap<string, string>,
): Entry {
  const { user, ca, from, limits } = settings;
  return {
    settings,
    user: user === undefined ? undefined : compileGlob(user),
    ca: caOf(user, ca, cas),
    networks: from && compileNetworks(from),
    roles: settings.roles.map((name) => roles.get(name)).filter((role) => role !== undefined),
    limits,
  };
}

/** Local callers are meant by name only: no pattern for users with a certificate lets one in. */
function caOf(
  user: string | undefined,
  ca: string | undefined,
  cas: ReadonlyMap<string, string>,
): string | undefined {
  if (isLocalEntry(user)) return LOCAL;
  return ca === undefined ? undefined : cas.get(ca);
}

/** Whether the user of an entry is `unix:…`, which no certificate can be called. */
export function isLocalEntry(user: string | undefined): boolean {
  return user?.startsWith('unix:') === true;
}

/**
 * Whether an entry means a caller. All that it says has to hold. A name or a role counts under our
 * own CA, and under another one only where the entry names that.
 */
function means(entry: Entry, caller: Caller): boolean {
  const { settings, networks } = entry;
  return (
    isFor(entry, caller) &&
    (settings.until === undefined || caller.now < settings.until) &&
    (networks === undefined || networks.contains(caller.address))
  );
}

/** Whether an entry means a caller at some time, from some place. */
function isFor({ settings, user, ca }: Entry, caller: Omit<Caller, 'address' | 'now'>): boolean {
  return (
    ca === caller.ca &&
    (user === undefined || user.matches(caller.user)) &&
    (settings.fingerprint === undefined || settings.fingerprint === caller.fingerprint) &&
    isRole(settings['certificate-role'], caller.role)
  );
}

/** An entry in words: `alice`, `ci-*`, `role ops of partner`. */
export function whoIs({ user, fingerprint, ca, ...rest }: EntrySettings): string {
  const role = rest['certificate-role'];
  const words = [
    ...(user === undefined ? [] : [user]),
    ...(role === undefined ? [] : [`certificate-role ${role}`]),
    ...(fingerprint === undefined ? [] : [`fingerprint ${fingerprint}`]),
  ];
  return `${words.join(', ')}${ca === undefined ? '' : ` of ${ca}`}`;
}

/** When and from where an entry holds: `from 10.0.0.0/8 until …`; empty for always and everywhere. */
export function whenIs({ from, until }: EntrySettings): string {
  return [
    ...(from === undefined ? [] : [`from ${from.join(' or ')}`]),
    ...(until === undefined ? [] : [`until ${new Date(until).toISOString()}`]),
  ].join(' ');
}

function isRole(expected: string | undefined, role: string | undefined): boolean {
  return expected === undefined || expected === role;
}

/** Entries by the caller's name, so that a thousand users cost no more than ten. */
export class Entries {
  readonly #byName = new Map<string, Entry[]>();
  readonly #others: Entry[] = [];

  constructor(entries: readonly Entry[]) {
    for (const entry of entries) {
      if (entry.user?.isLiteral !== true) {
        this.#others.push(entry);
        continue;
      }
      const named = this.#byName.get(entry.user.source);
      if (named === undefined) this.#byName.set(entry.user.source, [entry]);
      else named.push(entry);
    }
  }

  /** Every entry that means this caller: their roles add up. None: nothing is allowed. */
  of(caller: Caller): readonly Entry[] {
    return this.#near(caller.user).filter((entry) => means(entry, caller));
  }

  /** Entries that mean this caller at another time, or from another place. */
  idle(caller: Caller): readonly Entry[] {
    return this.#near(caller.user).filter((entry) => isFor(entry, caller) && !means(entry, caller));
  }

  /**
   * The entries that mean, at some time and from some place, whom an entry means, itself among them.
   * A pattern stands for all who match it and nothing else.
   */
  alike({ settings, ca }: Entry): readonly Entry[] {
    const user = settings.user ?? '';
    const role = settings['certificate-role'];
    const caller = { user, fingerprint: settings.fingerprint ?? '', role, ca };
    return this.#near(user).filter((entry) => isFor(entry, caller));
  }

  /** All that can mean a user of that name. */
  #near(user: string): readonly Entry[] {
    const named = this.#byName.get(user) ?? [];
    return this.#others.length === 0 ? named : [...named, ...this.#others];
  }
}
