/** Is the gate's port free, or is it the gate that has it? */
import type { X509Certificate } from 'node:crypto';
import type { ListenAddress } from '../config/schema.ts';
import { systemCode } from '../errors.ts';
import { failed, ok, warning, type Check } from './check.ts';
import { dialTcp, leave, startTls, whyNotListen, type Caller, type Target } from './dial.ts';
import { targetText } from './exposure-facts.ts';
import { isIssuedBy } from './material.ts';
import { ownerOf } from './processes.ts';

/** Who has a port. */
export type PortState =
  | { readonly kind: 'free' }
  /** Nobody listens, and this user could not either. */
  | { readonly kind: 'barred'; readonly error: string }
  /** Somebody who speaks TLS, and the certificate he shows. */
  | { readonly kind: 'tls'; readonly certificate: X509Certificate | undefined }
  | { readonly kind: 'foreign'; readonly error: string };

export interface PortFact {
  readonly address: ListenAddress;
  readonly state: PortState;
  /** Such as `nginx (pid 4711)`; undefined where it is free or cannot be told. */
  readonly owner: string | undefined;
}

/**
 * Dials an address that the gate listens on. A caller with a certificate leaves no refusal in the
 * trail.
 */
export async function lookAtPort(address: ListenAddress, caller: Caller): Promise<PortFact> {
  const state = await stateOf(address, caller);
  const owner =
    state.kind === 'tls' || state.kind === 'foreign' ? ownerOf(address.port) : undefined;
  return { address, state, owner };
}

async function stateOf(address: ListenAddress, caller: Caller): Promise<PortState> {
  const target = dialable(address);
  let raw;
  try {
    raw = await dialTcp(target);
  } catch (error) {
    const barred = await whyNotListen(address);
    if (barred === undefined) return { kind: 'free' };
    const taken = barred === 'EADDRINUSE';
    return taken
      ? { kind: 'foreign', error: systemCode(error) }
      : { kind: 'barred', error: barred };
  }
  try {
    const { certificate, socket } = await startTls(raw, caller, target.host);
    await leave(socket);
    return { kind: 'tls', certificate };
  } catch (error) {
    return { kind: 'foreign', error: systemCode(error) };
  } finally {
    raw.destroy();
  }
}

/** Where a listener on an address can be reached from here. */
export function dialable({ host, port }: ListenAddress): Target {
  if (host === '0.0.0.0') return { host: '127.0.0.1', port };
  return { host: host === '::' ? '::1' : host, port };
}

/** True where the certificate that is shown there is the one in the file. */
export function isOurs({ state }: PortFact, own: X509Certificate | undefined): boolean {
  return (
    state.kind === 'tls' && own !== undefined && state.certificate?.raw.equals(own.raw) === true
  );
}

/** True where it is another certificate of our CA: a gate that has not read the new files yet. */
export function isOurOlder({ state }: PortFact, trusted: readonly X509Certificate[]): boolean {
  const shown = state.kind === 'tls' ? state.certificate : undefined;
  return shown !== undefined && trusted.some((ca) => isIssuedBy(shown, ca));
}

const BARRED: Readonly<Record<string, string>> = {
  EACCES:
    'a port below 1024 needs a capability: setcap or AmbientCapabilities=CAP_NET_BIND_SERVICE, or take another with --host',
  EADDRNOTAVAIL: 'this host has no such address: "ip addr" lists those it has, --host names one',
  ENOTFOUND: 'this name does not resolve: give an address of this host with --host',
};

/**
 * @param own the certificate in server-cert.pem.
 * @param trusted the certificates of ca.pem.
 */
export function checkPort(
  fact: PortFact,
  own: X509Certificate | undefined,
  trusted: readonly X509Certificate[],
): Check {
  const { address, state, owner = 'another process' } = fact;
  const at = targetText(address);
  const name = `port ${address.port}`;
  if (state.kind === 'free') return ok(name, `${at} is free; no gate runs there`);
  if (state.kind === 'barred') {
    const fix = BARRED[state.error] ?? 'take another address with --host';
    return failed(name, `cannot listen on ${at}: ${state.error}`, fix);
  }
  if (isOurs(fact, own)) return ok(name, `${at} is ours: the gate answers with server-cert.pem`);
  const who = fact.owner === undefined ? '' : `, ${fact.owner}`;
  if (isOurOlder(fact, trusted)) {
    const pid = /pid (\d+)/.exec(owner)?.[1] ?? 'PID';
    const found = `${at} answers with another certificate of our CA than server-cert.pem${who}`;
    return warning(name, found, `make the gate read it: kill -HUP ${pid}, or restart the gate`);
  }
  const what =
    state.kind === 'tls' ? 'TLS with a certificate that is not ours' : `no TLS (${state.error})`;
  return failed(
    name,
    `${at} is taken by ${owner}: ${what}`,
    `sudo ss -ltnp "sport = :${address.port}" shows who; stop it, or take another port: --host tcp://${address.host}:PORT`,
  );
}
