import { CommandError } from '../errors.ts';
import type { Target } from './dial.ts';

const DEFAULT_PORT = 2376;
const ADDRESS = /^(?:tcp:\/\/)?(?:\[([0-9A-Fa-f:.]+)\]|([^/:[\]\s]+))(?::([0-9]{1,5}))?\/?$/;

/**
 * What `--address` takes: `HOST`, `HOST:PORT`, `[IPv6]:PORT`, a bare IPv6 address, each also with
 * `tcp://` before it, as in DOCKER_HOST. Port 2376 where none is given.
 *
 * @throws CommandError `USAGE` for anything else.
 */
export function parseAddress(text: string): Target {
  if (/^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(text))
    return { host: text, port: DEFAULT_PORT };
  const match = ADDRESS.exec(text);
  const port = Number(match?.[3] ?? DEFAULT_PORT);
  const host = match?.[1] ?? match?.[2];
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port };
  throw new CommandError(
    'USAGE',
    `--address ${JSON.stringify(text)} is no HOST[:PORT]`,
    'for example: --address gate.example.org, --address 192.0.2.7:2376, --address "[2001:db8::7]:2376"',
  );
}
