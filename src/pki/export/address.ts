/** Where clients find the gate. */
import { CommandError } from '../../errors.ts';
import { parseSan, type San } from '../sans.ts';

const DEFAULT_PORT = 2376;

export interface Address {
  /** As DOCKER_HOST has it. */
  readonly url: string;
  readonly host: San;
}

/**
 * `tcp://HOST:PORT`, `HOST:PORT` or `HOST`; IPv6 in brackets, or bare without a port. Throws USAGE.
 */
export function parseAddress(text: string): Address {
  const rest = text.replace(/^tcp:\/\//, '');
  const [, bracketed, plain, port = ''] =
    /^(?:\[([^\]]+)\]|([^:[\]/]+))(?::(\d{1,5}))?$/.exec(rest) ?? [];
  const host = knownHost(bracketed ?? plain ?? rest);
  const number = port === '' ? DEFAULT_PORT : Number(port);
  if (host === undefined || number < 1 || number > 65_535) throw invalid(text);
  return addressOf(host, number);
}

/**
 * The address under which others reach this gate, as the server's certificate has it: the first name
 * that is not of this machine alone, else the first address. Undefined where there is none.
 */
export function addressFrom(sans: readonly string[]): Address | undefined {
  const known = sans
    .flatMap((text) => knownHost(text) ?? [])
    .filter(({ value }) => !isLocal(value));
  const host =
    known.find(
      ({ kind, value }) => kind === 'dns' && value.includes('.') && !value.includes('*'),
    ) ?? known.find(({ value }) => !value.includes('*'));
  return host === undefined ? undefined : addressOf(host, DEFAULT_PORT);
}

function addressOf(host: San, port: number): Address {
  const shown = host.value.includes(':') ? `[${host.value}]` : host.value;
  return { url: `tcp://${shown}:${port}`, host };
}

const isLocal = (value: string): boolean =>
  value === 'localhost' || value === '::1' || value.startsWith('127.');

function knownHost(text: string): San | undefined {
  try {
    return parseSan(text);
  } catch {
    return undefined;
  }
}

function invalid(text: string): CommandError {
  return new CommandError(
    'USAGE',
    `--address ${JSON.stringify(text.slice(0, 80))} is no address of a gate`,
    'for example: --address docker.example.org, or --address tcp://192.0.2.7:2376',
  );
}
