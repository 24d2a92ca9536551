/**
 * Subject alternative names: the host names and addresses that a client may dial. Clients ignore the
 * CN, so a server is known by these alone.
 */
import { isIP, isIPv4 } from 'node:net';
import { domainToASCII } from 'node:url';
import { CommandError } from '../errors.ts';

/** A DNS name in lower case, or an IP address in canonical form. */
export interface San {
  readonly kind: 'dns' | 'ip';
  readonly value: string;
}

/**
 * One label: letters, digits and inner hyphens (RFC 1123, 2.1). The underscore is no host name
 * character, but compose services have it, and Go, OpenSSL and Node all match it.
 */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * What `--san` takes: a DNS name (`*` as the whole first label, with two labels or more after it), an
 * IPv4 or an IPv6 address, bare. Anything else is refused with SAN_INVALID, never mended.
 */
export function parseSan(text: string): San {
  if (isIP(text) !== 0 && !text.includes('%')) return { kind: 'ip', value: canonicalIp(text) };
  const name = text.toLowerCase();
  if (isDnsName(name)) return { kind: 'dns', value: name };
  throw new CommandError(
    'SAN_INVALID',
    `--san ${shown(text)} is not a DNS name, IPv4 or IPv6 address`,
    hintFor(text),
  );
}

/** True for a lower-case DNS name that may stand in a certificate, wildcards included. */
export function isDnsName(name: string): boolean {
  const labels = name.split('.');
  const wildcard = labels[0] === '*';
  const plain = wildcard ? labels.slice(1) : labels;
  if (name.length > 253 || (wildcard && plain.length < 2)) return false;
  // A last label of digits alone is a mistyped IPv4 address: no top level domain looks so.
  return plain.every((label) => LABEL.test(label)) && !/^\d+$/.test(plain.at(-1) ?? '');
}

/** The list without repetitions, in its order. */
export function distinctSans(sans: readonly San[]): readonly San[] {
  return [...new Map(sans.map((san) => [`${san.kind} ${san.value}`, san])).values()];
}

/** The 4 or 16 bytes of an address in network order (RFC 5280, 4.2.1.6). Takes what isIP accepts. */
export function ipBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = canonicalIp(address).split('::');
  const left = groups(head);
  const right = groups(tail ?? '');
  const gap = new Array<number>(8 - left.length - right.length).fill(0);
  return Buffer.from([...left, ...gap, ...right].flatMap((group) => [group >> 8, group & 0xff]));
}

const groups = (part: string): number[] =>
  part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));

/** The URL parser writes IPv6 as RFC 5952 has it, with an embedded IPv4 address as two groups. */
const canonicalIp = (address: string): string =>
  isIPv4(address) ? address : new URL(`http://[${address}]`).hostname.slice(1, -1);

/** Quoted and cut, so that a strange value can neither break the line nor flood it. */
const shown = (text: string): string =>
  JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

function hintFor(text: string): string {
  if (/[^ -~]/.test(text) && isDnsName(domainToASCII(text))) {
    return `write it in its ASCII form: ${domainToASCII(text)}`;
  }
  if (text.includes('*')) return 'a wildcard is a whole first label, as in *.example.com';
  if (text.includes('%')) return 'leave out the zone: certificates cannot name one';
  return 'give the bare name or address, as in --san gate.example.com or --san 192.0.2.7: no scheme, port, brackets or final dot';
}
