/** Does the gate answer, and its daemon behind it? */
import os from 'node:os';
import type { Config, ListenAddress } from '../config/schema.ts';
import { readAccounts } from './accounts.ts';
import { failed, ok, type Check } from './check.ts';
import { checkDaemon, checkSocket, lookAtDaemon } from './daemon.ts';
import { targetText } from './exposure-facts.ts';
import { lookAt } from './file-facts.ts';
import { borrowIdentity, type DoctorIdentity } from './identity.ts';
import { parseCertificates } from './material.ts';
import { dialable, isOurOlder, isOurs, lookAtPort } from './port.ts';
import { checkPing } from './round-trip.ts';

/** The user that the trail shows where the CA's key is at hand. */
const HEALTH = 'health';

/**
 * Calls the gate on every address that it listens on. With a certificate at hand (see
 * `borrowIdentity`) `/_ping` goes through the gate; without one the gate has to show its
 * certificate, and the daemon is asked on its own socket.
 *
 * @param now ms since the epoch.
 */
export async function examineHealth(
  config: Config,
  now: () => number = Date.now,
): Promise<Check[]> {
  const ca = lookAt(config.tls.ca);
  const trusted = parseCertificates(ca);
  if (trusted.problem !== undefined) {
    return [failed('gate', trusted.problem, 'name the directory of certificates with --certs')];
  }
  const identity = await borrowIdentity(config.certsDir, HEALTH, trusted.value, now());
  const ask = (address: ListenAddress) => checkGate(address, config, ca.text ?? '', identity);
  const gates = await Promise.all(config.listen.map(ask));
  if ('cert' in identity) return gates;
  const daemon = await lookAtDaemon(config.dockerSocket, now);
  const socket = checkSocket(daemon, os.userInfo().username, readAccounts());
  return [...gates, socket.state === 'ok' ? checkDaemon(daemon) : socket];
}

async function checkGate(
  address: ListenAddress,
  { tls }: Config,
  ca: string,
  identity: DoctorIdentity | { readonly missing: string },
): Promise<Check> {
  const name = `gate ${targetText(address)}`;
  const caller = 'cert' in identity ? { ca, cert: identity.cert, key: identity.key } : { ca };
  const port = await lookAtPort(address, caller);
  const own = parseCertificates(lookAt(tls.cert));
  const trusted = parseCertificates(lookAt(tls.ca));
  const known =
    isOurs(port, own.problem === undefined ? own.value[0] : undefined) ||
    (trusted.problem === undefined && isOurOlder(port, trusted.value));
  const certificate = port.state.kind === 'tls' ? port.state.certificate : undefined;
  if (!known || certificate === undefined) {
    const what =
      port.state.kind === 'free' ? 'nothing listens there' : 'what listens there is not our gate';
    return failed(name, what, 'start it: dockgate serve; if it runs: dockgate doctor tells more');
  }
  if (!('cert' in identity))
    return ok(name, `shows our certificate (no call through it: ${identity.missing})`);
  const trip = await checkPing({ target: dialable(address), ca, certificate }, identity);
  return { ...trip, name };
}
