/** The way from a client to the gate, one step after the other. */
import dns from 'node:dns/promises';
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { systemCode } from '../errors.ts';
import type { Readable } from './certificates.ts';
import { failed, notChecked, ok, shellWord, skipped, type Check } from './check.ts';
import { checkClock } from './clock.ts';
import {
  dialTcp,
  ping,
  startTls,
  type Answer,
  type Caller,
  type Handshake,
  type Target,
} from './dial.ts';
import { daemonText, isDocker, messageOf, readPing } from './docker-answer.ts';
import { checkExpiry } from './expiry.ts';
import { targetText } from './exposure-facts.ts';
import { fixFor } from './round-trip.ts';
import { checkSans } from './sans.ts';

const WAY = ['DNS', 'TCP', 'TLS', 'names', 'server ends', 'gate', 'clock'] as const;

/**
 * Step by step from DNS to the daemon behind the gate; what comes after a step that failed is not tried.
 *
 * @param caller who dials, undefined where the files cannot be read: then it ends after TCP.
 * @param material the same, to say what was expected.
 * @param now ms since the epoch.
 */
export async function wayChecks(
  target: Target,
  caller: Caller | undefined,
  material: Readable | undefined,
  now: () => number,
): Promise<Check[]> {
  const done: Check[] = [await checkDns(target.host)];
  if (done[0]?.state !== 'failed') {
    const tcp = await dialTcp(target).catch(systemCode);
    done.push(tcpCheck(target, tcp));
    if (typeof tcp !== 'string' && caller !== undefined) {
      const handshake = await startTls(tcp, caller, target.host).catch(systemCode);
      done.push(...(await gateChecks(target, handshake, material, now)));
    }
    if (typeof tcp !== 'string') tcp.destroy();
  }
  const last = done.findLast(({ state }) => state === 'failed')?.name ?? 'PEM';
  return [...done, ...WAY.slice(done.length).map((name) => notChecked(name, last))];
}

async function checkDns(host: string): Promise<Check> {
  const name = 'DNS';
  if (isIP(host) !== 0) return skipped(name, `${host} is an address`);
  try {
    const found = await dns.lookup(host, { all: true });
    return ok(name, `${host} is ${found.map(({ address }) => address).join(', ')}`);
  } catch (error) {
    return failed(
      name,
      `${host} does not resolve: ${systemCode(error)}`,
      `check the spelling: getent hosts ${shellWord(host)}; or dial the address`,
    );
  }
}

const TCP_FIX: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    'nothing listens there: on its host run "dockgate doctor", and "systemctl status dockgate"',
  ETIMEDOUT:
    "a firewall drops it, or the host is down: open the port on the gate's host and on the way",
  EHOSTUNREACH: 'there is no way there: ip route get HOST',
  ENETUNREACH: 'there is no way there: ip route get HOST',
};

function tcpCheck(target: Target, result: object | string): Check {
  const name = 'TCP';
  const at = targetText(target);
  if (typeof result !== 'string') return ok(name, `connected to ${at}`);
  return failed(
    name,
    `no connection to ${at}: ${result}`,
    TCP_FIX[result] ?? 'check host and port',
  );
}

/** TLS, names, server ends, gate, clock: nothing is sent to a server that is not proven. */
async function gateChecks(
  target: Target,
  handshake: Handshake | string,
  material: Readable | undefined,
  now: () => number,
): Promise<Check[]> {
  const tls = tlsCheck(target, handshake, material);
  if (typeof handshake === 'string' || handshake.certificate === undefined) return [tls];
  const { certificate } = handshake;
  const renew = "on the gate's host: dockgate server renew";
  const names = checkSans(certificate, { required: [target.host], possible: [] }, renew);
  const seen = [tls, names, checkExpiry('server ends', certificate, now(), renew)];
  if (tls.state === 'failed' || names.state === 'failed') return seen;
  const answer = await ping(handshake.socket).catch(systemCode);
  const at = now();
  return [...seen, gateCheck(answer), skewCheck(answer, at, certificate)];
}

function tlsCheck(
  target: Target,
  handshake: Handshake | string,
  material: Readable | undefined,
): Check {
  const name = 'TLS';
  if (typeof handshake === 'string') {
    const fix = `what listens on ${targetText(target)} is no gate, or does not speak TLS: check the port`;
    return failed(name, `the handshake failed: ${handshake}`, fix);
  }
  const { problem, socket, certificate } = handshake;
  if (problem === undefined)
    return ok(name, `${socket.getProtocol() ?? 'TLS'}, the server is signed by your ca.pem`);
  const issuer = certificate?.issuer.replaceAll('\n', ', ') ?? 'nobody';
  const ours =
    material?.ca.map(({ subject }) => subject.replaceAll('\n', ', ')).join('; ') ?? 'unknown';
  if (problem === 'CERT_HAS_EXPIRED') {
    return failed(
      name,
      "the server's certificate, or a CA above it, has expired",
      "on the gate's host: dockgate server renew",
    );
  }
  return failed(
    name,
    `the server is not proven (${problem}): issued by ${issuer}, your ca.pem is ${ours}`,
    'get ca.pem anew from who runs the gate; if that does not help, somebody is between you and the gate',
  );
}

function gateCheck(answer: Answer | string): Check {
  const name = 'gate';
  if (typeof answer === 'string') {
    return failed(
      name,
      `it closed without an answer: ${answer}`,
      'run "dockgate doctor" on its host',
    );
  }
  const found = readPing(answer);
  if (found !== undefined) return ok(name, `${daemonText(found)}, let you in`);
  return failed(
    name,
    `status ${answer.status}: ${messageOf(answer)}`,
    fixFor(answer.status, 'on its host'),
  );
}

function skewCheck(answer: Answer | string, at: number, certificate: X509Certificate): Check {
  const date = typeof answer === 'string' ? Number.NaN : Date.parse(answer.headers.date ?? '');
  const other = Number.isNaN(date) ? undefined : { whose: 'the gate', time: date, ours: at };
  return checkClock(at, other, [certificate]);
}

/** Seen from here, is the daemon open without a certificate? */
export async function checkPlaintext({ host }: Target): Promise<Check> {
  const name = 'daemon on TCP';
  const target = { host, port: 2375 };
  const at = targetText(target);
  try {
    const socket = await dialTcp(target, 2_000);
    const answer = await ping(socket, 2_000).finally(() => socket.destroy());
    if (!isDocker(answer)) return ok(name, `what answers at ${at} is no Docker daemon`);
    return failed(
      name,
      `anybody is root there without a certificate: Docker answers in plaintext at ${at}`,
      'tell who runs the gate at once: "dockgate doctor" on its host names what opens the port',
    );
  } catch (error) {
    return ok(name, `no plaintext answer at ${at} (${systemCode(error)})`);
  }
}
