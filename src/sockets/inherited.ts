import fs from 'node:fs';
import { CommandError } from '../errors.ts';
import { isLocalUser, SOCKET_PATH_RULE } from '../user-name.ts';
import { readUnixSockets } from './proc-net-unix.ts';

/** A listening socket that this process was started with. */
export interface Inherited {
  readonly fd: number;
  /** What the unit calls it (`FileDescriptorName=`); the unit's own name where it says nothing. */
  readonly name: string;
  /** The number that it has, or had when the first process got it: what `fd://3` asks for. */
  readonly number: number;
}

/** Sockets that somebody else opened for this process. */
export interface Inheritance {
  /** Those of a service manager (sd_listen_fds(3)), for `-H fd://`. */
  readonly activated: readonly Inherited[];
  /** Why there are none. */
  readonly absence?: string | undefined;
  readonly absenceHint?: string | undefined;
  /** Those of the process whose place this one takes, by the `-H` that each was opened for. Each goes once. */
  readonly takeOver: (address: string) => number | undefined;
  /** Closes what nobody took over: an address that is listened on no more. */
  readonly closeRest: () => void;
}

/** Of a process that was given nothing. */
export const NOTHING_INHERITED: Inheritance = {
  activated: [],
  absence: 'no sockets were handed over (LISTEN_FDS is not set)',
  absenceHint: 'start it by a systemd socket unit (dockgate.socket), or listen with -H tcp://',
  takeOver: () => undefined,
  closeRest: () => undefined,
};

/** What an inherited descriptor is. */
export type Kind =
  | { readonly kind: 'tls' }
  /** A unix socket; its path in the file system. */
  | { readonly kind: 'local'; readonly path: string };

/**
 * What to serve on a descriptor. Whatever is not known to be a unix socket gets mutual TLS.
 *
 * @throws CommandError `LISTEN_FAILED` where it is no socket, or a unix socket that anybody may connect to.
 */
export function kindOf({ fd, name }: Inherited): Kind {
  const inode = /^socket:\[(\d+)\]$/.exec(linkOf(fd))?.[1];
  if (inode === undefined) throw refusal({ fd, name }, 'it is no socket', HINT);
  const found = readUnixSockets().find((entry) => entry.inode === inode);
  if (found === undefined) return { kind: 'tls' };
  if (found.name?.startsWith('/') !== true) {
    const reason = 'it is a unix socket without a file, which has neither owner nor mode';
    throw refusal({ fd, name }, reason, 'give ListenStream= a path');
  }
  if (!isLocalUser(`unix:${found.name}`)) {
    throw refusal({ fd, name }, `its path is ${found.name}`, `give it ${SOCKET_PATH_RULE}`);
  }
  requirePrivate({ fd, name }, found.name);
  return { kind: 'local', path: found.name };
}

const HINT = 'the socket unit needs ListenStream= and Accept=no';

function linkOf(fd: number): string {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

/** systemd's own default is 0666. */
function requirePrivate(which: Pick<Inherited, 'fd' | 'name'>, socket: string): void {
  const mode = fs.statSync(socket, { throwIfNoEntry: false })?.mode;
  if (mode === undefined) {
    throw refusal(
      which,
      `its path ${socket} cannot be seen, so neither can its mode`,
      'let the service see it',
    );
  }
  if ((mode & 0o002) === 0) return;
  const reason = `everybody on this host may connect to ${socket} (mode 0${(mode & 0o777).toString(8)})`;
  throw refusal(which, reason, 'set SocketMode=0660 and SocketGroup= in the socket unit');
}

export function refusal(
  { fd, name }: Pick<Inherited, 'fd' | 'name'>,
  reason: string,
  hint: string,
): CommandError {
  return new CommandError(
    'LISTEN_FAILED',
    `cannot listen on descriptor ${fd} (${name}): ${reason}`,
    hint,
  );
}

/**
 * The descriptors that an `-H fd://…` means.
 *
 * @param selector empty: all of them; a number, or a name.
 * @throws CommandError `LISTEN_FAILED` where there is none.
 */
export function select(selector: string, inheritance: Inheritance): readonly Inherited[] {
  const { activated, absence, absenceHint } = inheritance;
  if (activated.length === 0) {
    throw new CommandError(
      'LISTEN_FAILED',
      `cannot listen on fd://${selector}: ${absence ?? NOTHING_INHERITED.absence ?? ''}`,
      absenceHint ?? NOTHING_INHERITED.absenceHint ?? '',
    );
  }
  const meant = activated.filter(
    ({ name, number }) => selector === '' || selector === name || selector === `${number}`,
  );
  if (meant.length > 0) return meant;
  const known = activated.map(({ name, number }) => `fd://${number} (${name})`).join(', ');
  throw new CommandError(
    'LISTEN_FAILED',
    `cannot listen on fd://${selector}: no socket that was handed over has that name or number`,
    `there are ${known}; FileDescriptorName= names them, and fd:// takes all`,
  );
}
