import { isIP } from 'node:net';
import { plainAddress } from '../address.ts';

/** Ports of the host, on one of its addresses or on all. */
export interface PortRange {
  /** Undefined: whichever. */
  readonly address: string | undefined;
  readonly first: number;
  readonly last: number;
}

const RANGE = /^(?:(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):)?(?:(\*)|([0-9]{1,5})(?:-([0-9]{1,5}))?)$/;

/** `8080`, `8000-8999`, `127.0.0.1:8080`, `[::1]:*`, `*`; undefined for anything else. */
export function readPortRange(text: string): PortRange | undefined {
  const match = RANGE.exec(text);
  if (match === null) return undefined;
  const [, six, four, any, first, last] = match;
  const address = six ?? four;
  if (address !== undefined && isIP(address) === 0) return undefined;
  if (any !== undefined) return { address, first: 1, last: HIGHEST };
  const range = { address, first: Number(first), last: Number(last ?? first) };
  return range.first < 1 || range.last > HIGHEST || range.first > range.last ? undefined : range;
}

const HIGHEST = 65_535;

/** Where the kernel takes a port from for who names none (ip_local_port_range). */
export const EPHEMERAL = { first: 32_768, last: 60_999 };

/**
 * The ports that a binding asks for: no port, or 0, is any of the ephemeral ones.
 *
 * @returns undefined where the daemon, or one of its versions, would refuse it.
 */
export function boundPorts(hostIp: string, hostPort: string): PortRange | undefined {
  const address = plainAddress(hostIp);
  if (address !== '' && isIP(address) === 0) return undefined;
  const match = /^(?:([0-9]{1,5})(?:-([0-9]{1,5}))?)?$/.exec(hostPort);
  if (match === null) return undefined;
  const first = Number(match[1] ?? 0);
  const last = Number(match[2] ?? first);
  if (last > HIGHEST || first > last) return undefined;
  const bound = UNSPECIFIED.has(address) ? undefined : address;
  return first === 0 ? { address: bound, ...EPHEMERAL } : { address: bound, first, last };
}

const UNSPECIFIED: ReadonlySet<string> = new Set(['', '0.0.0.0', '::']);

/** Whether all that is asked for is in what is allowed. */
export function covers(allowed: PortRange, asked: PortRange): boolean {
  return (
    (allowed.address === undefined || allowed.address === asked.address) &&
    allowed.first <= asked.first &&
    asked.last <= allowed.last
  );
}
