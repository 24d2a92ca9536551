/** Does the gate answer, and its daemon behind it? */
import type { X509Certificate } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Config, ListenAddress } from '../config/schema.ts';
import { systemCode } from '../errors.ts';
import { ownName, readAccounts } from './accounts.ts';
import { failed, ok, type Check } from './check.ts';
import { checkDaemon, checkSocket, lookAtDaemon } from './daemon.ts';
import { dialTcp, ping, startTls, type Answer } from './dial.ts';
import { messageOf, readPing } from './docker-answer.ts';
import { targetText } from './exposure-facts.ts';
import { lookAt } from './file-facts.ts';
import { borrowIdentity, type DoctorIdentity } from './identity.ts';
import { askLoopback, judgeReady, READY, type FixDaemon } from './health-ready.ts';
import { checkLocalSocket } from './local-socket.ts';
import { isIssuedBy, parseCertificates } from './material.ts';
import { dialable } from './port.ts';
import { tripCheck } from './round-trip.ts';

/** The user that the trail shows where the CA's key is at hand. */
const HEALTH = 'health';

/**
 * Asks the gate where it is watched from (`--metrics`), which tells of its daemon too. Without such an address it
 * calls `/_ping` on every address that the gate listens on, with a certificate where one is at hand (see
 * `borrowIdentity`). Any HTTP answer will do, a refusal too; only those by which the gate says that it cannot work
 * (500, 503) will not. Where the call did not reach the daemon, that one is asked on its socket.
 *
 * @param now ms since the epoch.
 */
export async function examineHealth(
  config: Config,
  now: () => number = Date.now,
): Promise<Check[]> {
  const { metrics } = config;
  const fixDaemon = async () => (await askDaemon(config, now)).fix;
  if (metrics?.plain === true) return [await askLoopback(metrics, fixDaemon)];
  const ca = lookAt(config.tls.ca);
  const trusted = parseCertificates(ca);
  if (trusted.problem !== undefined) {
    return [failed('gate', trusted.problem, 'name the directory of certificates with --certs')];
  }
  const identity = await borrowIdentity(config.certsDir, HEALTH, trusted.value, now());
  const own = parseCertificates(lookAt(config.tls.cert));
  const known = [...trusted.value, ...(own.problem === undefined ? own.value.slice(0, 1) : [])];
  const caller = { ca: ca.text ?? '', known, ...callerOf(identity) };
  const asked = metrics === undefined ? config.listen : [metrics];
  const isReadiness = metrics !== undefined;
  const ask = (address: ListenAddress) =>
    askGate(address, caller, isReadiness ? fixDaemon : undefined);
  const gates = await Promise.all(asked.map(ask));
  const local = isReadiness ? [] : await Promise.all(config.localSockets.map(checkLocalSocket));
  const checks = [...gates.map(({ check }) => check), ...local];
  // On unix sockets alone nothing may have gone through to the daemon.
  if (gates.length > 0 && gates.every(({ saysAll }) => saysAll)) return checks;
  return [...checks, await askDaemon(config, now)];
}

/** The daemon on its own socket, without the gate. */
async function askDaemon({ dockerSocket }: Config, now: () => number): Promise<Check> {
  const daemon = await lookAtDaemon(dockerSocket, now);
  const accounts = readAccounts();
  const socket = checkSocket(daemon, ownName(accounts), accounts);
  return socket.state === 'ok' ? checkDaemon(daemon) : socket;
}

interface HealthCaller extends Pick<DoctorIdentity, 'user' | 'origin'> {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  /** The gate's own certificate, and those whose issue is ours as well. */
  readonly known: readonly X509Certificate[];
}

function callerOf(
  identity: DoctorIdentity | { readonly missing: string },
): Omit<HealthCaller, 'ca' | 'known'> {
  if ('cert' in identity) return identity;
  return { user: 'a caller without a certificate', origin: `without one: ${identity.missing}` };
}

interface Asked {
  readonly check: Check;
  /** Whether nothing is left to ask: the daemon has answered through the gate, or something has failed. */
  readonly saysAll: boolean;
}

/** @param fixDaemon where it is asked whether it is ready. */
async function askGate(
  address: ListenAddress,
  caller: HealthCaller,
  fixDaemon: FixDaemon | undefined,
): Promise<Asked> {
  const name = `gate ${targetText(address)}`;
  const target = dialable(address);
  const raw = await dialTcp(target).catch(() => undefined);
  if (raw === undefined) return notServing(name, 'nothing listens there');
  const started = performance.now();
  try {
    const { certificate, socket } = await startTls(raw, caller, target.host);
    if (!isOurs(certificate, caller.known)) return notServing(name, NOT_OURS);
    const page = fixDaemon === undefined ? undefined : READY;
    const answer = await ping(socket, undefined, page).catch(systemCode);
    const refused = typeof answer !== 'string' && answer.status === 403;
    if (fixDaemon !== undefined && !refused) {
      return { check: await judgeReady(name, answer, fixDaemon), saysAll: true };
    }
    return judge(name, answer, performance.now() - started, caller);
  } catch {
    return notServing(name, NOT_OURS);
  } finally {
    raw.destroy();
  }
}

const NOT_OURS = 'what listens there is not our gate';

function notServing(name: string, found: string): Asked {
  const fix = 'start it: dockgate serve; if it runs: dockgate doctor tells more';
  return { check: failed(name, found, fix), saysAll: true };
}

function isOurs(shown: X509Certificate | undefined, known: readonly X509Certificate[]): boolean {
  return known.some(
    (one) => shown?.raw.equals(one.raw) === true || (shown && isIssuedBy(shown, one)),
  );
}

/** Statuses by which the gate says that it cannot do its work. */
const ILL: ReadonlySet<number> = new Set([500, 503]);

/** A gate that refuses is a gate that works: a policy need not know of us. And one that misses its daemon is, too. */
function judge(name: string, answer: Answer | string, took: number, caller: HealthCaller): Asked {
  if (typeof answer === 'string' || ILL.has(answer.status) || readPing(answer) !== undefined) {
    return { check: { ...tripCheck(answer, took, caller, 'on its host'), name }, saysAll: true };
  }
  const found = `answers ${answer.status} in ${took.toFixed(0)} ms: ${messageOf(answer)}`;
  return { check: ok(name, found), saysAll: false };
}
