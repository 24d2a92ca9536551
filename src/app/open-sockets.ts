import fs from 'node:fs';
import type { Server } from 'node:net';
import path from 'node:path';
import type { Config, ListenAddress } from '../config/schema.ts';
import { CommandError } from '../errors.ts';
import type { Listener } from '../listener/http-server.ts';
import { bindUnix, ownName } from '../sockets/bind-unix.ts';
import { kindOf, refusal, select, type Inheritance, type Inherited } from '../sockets/inherited.ts';
import { addressText, listen, listenOn } from './listen.ts';

/** A socket that the gate listens on. */
export interface OpenSocket {
  readonly listener: Listener;
  /** For a process that takes it over: what it was opened for. */
  readonly origin: string;
  /** Of a socket that a service manager opened. */
  readonly inherited?: Inherited;
  readonly address?: ListenAddress;
  /** Of a unix socket. */
  readonly socketPath?: string;
  /** Takes its name out of the file system; absent where the name is somebody else's. */
  readonly remove?: () => void;
}

/** What makes the servers. */
export interface Makers {
  readonly tls: () => Listener;
  readonly local: (socketPath: string) => Listener;
  /** Told of errors of an open server. */
  readonly onError: (error: Error) => void;
}

/**
 * Opens all that the configuration asks for, or nothing.
 *
 * @throws CommandError `LISTEN_FAILED`.
 */
export async function openAll(
  config: Config,
  inheritance: Inheritance,
  makers: Makers,
): Promise<readonly OpenSocket[]> {
  const open: OpenSocket[] = [];
  const add = (socket: OpenSocket): void => {
    socket.listener.server.on('error', makers.onError);
    open.push(socket);
  };
  try {
    for (const address of config.listen) add(await openTcp(address, inheritance, makers));
    for (const path of config.localSockets) {
      add(await openUnix(path, config, inheritance, makers));
    }
    const chosen = config.inherited.flatMap((selector) => select(selector, inheritance));
    for (const one of new Set(chosen)) add(await openInherited(one, config, makers));
    inheritance.closeRest();
    return open;
  } catch (error) {
    for (const { listener, remove } of open) {
      remove?.();
      listener.server.close();
    }
    throw error;
  }
}

async function openTcp(
  wanted: ListenAddress,
  inheritance: Inheritance,
  { tls }: Makers,
): Promise<OpenSocket> {
  const origin = `tcp://${addressText(wanted)}`;
  const listener = tls();
  const address = await listen(listener.server, wanted, inheritance.takeOver(origin));
  return { listener, origin, address };
}

async function openUnix(
  socketPath: string,
  { localAccess, dockerSocket }: Config,
  inheritance: Inheritance,
  { local }: Makers,
): Promise<OpenSocket> {
  requireOther(socketPath, dockerSocket);
  const origin = `unix://${socketPath}`;
  const listener = local(socketPath);
  const fd = inheritance.takeOver(origin);
  if (fd === undefined) {
    const { remove } = await bindUnix(listener.server, socketPath, localAccess);
    return { listener, origin, socketPath, remove };
  }
  const handed = { fd, name: origin, number: fd };
  if ((await listenOn(listener.server, handed)) !== undefined)
    return refuse(listener.server, handed);
  return { listener, origin, socketPath, remove: ownName(socketPath).remove };
}

async function openInherited(
  inherited: Inherited,
  { dockerSocket }: Config,
  makers: Makers,
): Promise<OpenSocket> {
  const kind = kindOf(inherited);
  const origin = `fd://${inherited.number}`;
  if (kind.kind === 'tls') {
    const listener = makers.tls();
    const address = await listenOn(listener.server, inherited);
    if (address === undefined) return refuse(listener.server, inherited);
    return { listener, origin, inherited, address };
  }
  requireOther(kind.path, dockerSocket);
  const listener = makers.local(kind.path);
  const address = await listenOn(listener.server, inherited);
  if (address !== undefined) return refuse(listener.server, inherited);
  return { listener, origin, inherited, socketPath: kind.path };
}

/** A unix socket that cannot be seen, as in another network namespace. */
function refuse(server: Server, inherited: Inherited): never {
  server.close();
  const hint = 'a unix socket needs the network namespace of whoever opened it (PrivateNetwork=no)';
  throw refusal(inherited, 'its path cannot be found in /proc/net/unix', hint);
}

/** A gate on the socket of its own daemon would call itself. */
function requireOther(socketPath: string, dockerSocket: string): void {
  if (realSocket(socketPath) !== realSocket(dockerSocket)) return;
  throw new CommandError(
    'LISTEN_FAILED',
    `cannot listen on unix://${socketPath}: that is the socket of --docker-host, and would lead to itself`,
    'name another path with --host',
  );
}

/** The path with every symbolic link followed, also where the socket is not there yet. */
function realSocket(socketPath: string): string {
  try {
    return fs.realpathSync(socketPath);
  } catch {
    const directory = path.dirname(socketPath);
    return fs.existsSync(directory)
      ? path.join(fs.realpathSync(directory), path.basename(socketPath))
      : socketPath;
  }
}
