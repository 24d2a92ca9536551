import path from 'node:path';
import { isLocalUser, SOCKET_PATH_RULE } from '../user-name.ts';
import type { Config, ListenAddress, LocalAccess, Settings } from './schema.ts';

type Places = Pick<Config, 'listen' | 'localSockets' | 'inherited'>;

/**
 * What each `--host` means.
 *
 * @param dockerSocket the daemon's: the gate may not be its own daemon.
 * @param problems takes what is wrong.
 */
export function readHosts(
  hosts: readonly string[],
  dockerSocket: string,
  problems: string[],
): Places {
  const listen: ListenAddress[] = [];
  const localSockets: string[] = [];
  const inherited: string[] = [];
  for (const host of hosts) {
    const unix = UNIX_ADDRESS.exec(host)?.[1];
    const fd = FD_ADDRESS.exec(host)?.[1];
    const tcp = parseTcp(host);
    if (unix !== undefined) localSockets.push(path.normalize(unix));
    else if (fd !== undefined) inherited.push(fd);
    else if (tcp !== undefined) listen.push(tcp);
    else problems.push(`--host ${host}: expected tcp://HOST:PORT, unix:///PATH or fd://`);
  }
  for (const socket of new Set(localSockets)) {
    if (socket === path.normalize(dockerSocket)) {
      problems.push(`--host unix://${socket}: that is --docker-host, and would lead to itself`);
    }
    if (!isLocalUser(`unix:${socket}`)) {
      problems.push(`--host unix://${socket}: expected ${SOCKET_PATH_RULE}`);
    }
    if (localSockets.indexOf(socket) !== localSockets.lastIndexOf(socket)) {
      problems.push(`--host unix://${socket}: given twice`);
    }
  }
  return { listen, localSockets, inherited };
}

const TCP_ADDRESS = /^tcp:\/\/(?:\[([0-9A-Fa-f:.]+)\]|([^/:[\]\s]*))(?::([0-9]{1,5}))?\/?$/;
const DEFAULT_PORT = 2376;

const UNIX_ADDRESS = /^unix:\/\/(\/.*[^/])$/;

/** `fd://`, `fd://3`, `fd://NAME`; systemd lets names be printable ASCII without `:`. */
const FD_ADDRESS = /^fd:\/\/([\x21-\x39\x3b-\x7e]*)$/;

/** `tcp://HOST:PORT`, `tcp://[IPv6]:PORT`, `tcp://:PORT` (all addresses), as dockerd takes them. */
export function parseTcp(text: string, defaultPort = DEFAULT_PORT): ListenAddress | undefined {
  const match = TCP_ADDRESS.exec(text);
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (match === null || port > 65_535) return undefined;
  const host = match[1] ?? match[2] ?? '';
  return { host: host === '' ? '0.0.0.0' : host, port };
}

/** Who may connect to unix sockets of the gate. Nothing is for everybody: that would be root for all. */
export function readAccess(settings: Settings | undefined, problems: string[]): LocalAccess {
  const text = settings?.['unix-mode'] ?? '0660';
  const mode = /^0?[0-7]{3}$/.test(text) ? Number.parseInt(text, 8) : undefined;
  if (mode === undefined) problems.push(`--unix-mode ${text}: expected a mode such as 0660`);
  else if ((mode & 0o007) !== 0) {
    problems.push(
      `--unix-mode ${text}: everybody on this host could connect; name who may with --unix-group`,
    );
  }
  return { mode: mode ?? 0, group: settings?.['unix-group'] };
}
