/** A call through the running gate, as a client makes it. */
import type { X509Certificate } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { systemCode } from '../errors.ts';
import { failed, notChecked, ok, skipped, type Check } from './check.ts';
import {
  dialTcp,
  ping,
  startTls,
  type Answer,
  type Caller,
  type Handshake,
  type Target,
} from './dial.ts';
import { daemonText, messageOf, readPing } from './docker-answer.ts';
import { tryHalfClose, type HalfClose } from './half-close.ts';
import type { DoctorIdentity } from './identity.ts';

/** The gate that is called: the certificate is pinned, so it does not matter by which name. */
export interface Gate {
  readonly target: Target;
  readonly ca: string;
  readonly certificate: X509Certificate;
}

const TRIP = 'round trip';
const HALF_CLOSE = 'half-close';

/** `/_ping` through the gate and, where that works, what becomes of an end of input. */
export async function checkRoundTrip(
  gate: Gate | undefined,
  identity: DoctorIdentity | { readonly missing: string },
): Promise<Check[]> {
  if (gate === undefined) {
    const reason = 'no gate of ours runs on this host';
    return [skipped(TRIP, reason, 'start it: dockgate serve'), skipped(HALF_CLOSE, reason)];
  }
  if ('missing' in identity) {
    return [
      skipped(
        TRIP,
        identity.missing,
        'give it a certificate of its own: dockgate client add doctor',
      ),
      notChecked(HALF_CLOSE, TRIP),
    ];
  }
  const trip = await checkPing(gate, identity);
  if (trip.state !== 'ok') return [trip, notChecked(HALF_CLOSE, TRIP)];
  return [trip, await halfClose(gate, callerOf(gate, identity))];
}

/** `/_ping` through the gate, over a connection of its own. */
async function checkPing(gate: Gate, identity: DoctorIdentity): Promise<Check> {
  const started = performance.now();
  const caller = callerOf(gate, identity);
  const answer = await overGate(gate, caller, ({ socket }) => ping(socket)).catch(systemCode);
  return tripCheck(answer, performance.now() - started, identity);
}

const callerOf = ({ ca }: Gate, { cert, key }: DoctorIdentity): Caller => ({ ca, cert, key });

/**
 * What an answer to `/_ping` through the gate says.
 *
 * @param answer or the system's word for why there is none.
 * @param took ms.
 * @param where the checks that tell more, as for {@link fixFor}.
 */
export function tripCheck(
  answer: Answer | string,
  took: number,
  identity: Pick<DoctorIdentity, 'user' | 'origin'>,
  where: Where = 'above',
): Check {
  if (typeof answer === 'string') {
    return failed(
      TRIP,
      `the gate broke off: ${answer}`,
      'what it says on standard error tells why: journalctl -u dockgate -n 50',
    );
  }
  const found = readPing(answer);
  if (found !== undefined) {
    return ok(
      TRIP,
      `${daemonText(found)} through the gate in ${took.toFixed(0)} ms, ${identity.origin}`,
    );
  }
  return failed(
    TRIP,
    `${identity.user} got ${answer.status}: ${messageOf(answer)}`,
    fixFor(answer.status, where),
  );
}

type Where = 'above' | 'on its host';

/**
 * What to do about an answer of the gate's own (docs/architecture.md has the table).
 *
 * @param where the checks that tell more: on the gate's host they stand `above`.
 */
export function fixFor(status: number, where: Where): string {
  const see = where === 'above' ? 'see above' : 'run "dockgate doctor" on its host and see';
  switch (status) {
    case 403:
      return "the reason is the gate's own: ask for another certificate (dockgate client renew NAME), or for a rule in the policy";
    case 429:
      return 'a limit is reached: look at the trail for who holds it, or raise --max-connections-per-user, --max-streams-per-user';
    case 502:
      return `the gate cannot reach its daemon: ${see} "docker socket" and "daemon"`;
    case 503:
      return `the gate is stopping, or its audit log cannot be written: ${see} "audit log" and "disk"`;
    default:
      return 'look at what the gate says on standard error: journalctl -u dockgate -n 50';
  }
}

/** Each takes milliseconds; one that shows output behind the end of input is enough. */
const MAX_TRIES = 5;

async function halfClose(gate: Gate, caller: Caller): Promise<Check> {
  const tries: HalfClose[] = [];
  try {
    while (tries.length < MAX_TRIES) {
      const one = await overGate(gate, caller, ({ socket }) => tryHalfClose(socket));
      tries.push(one);
      if (one.status !== 101 || !one.ended || one.words === 'after') break;
    }
  } catch (error) {
    return failed(HALF_CLOSE, `the gate broke off: ${systemCode(error)}`, REPORT);
  }
  return judgeHalfClose(tries);
}

const REPORT =
  'a proxy between here and the gate cuts half-open connections, or it is a fault of dockgate: please report it with this screen';

/** Once in a hundred tries the daemon is too quick for its words; twice in five is no chance. */
const MAX_LOST = 1;

/** @param tries at least one, the last one decisive. */
export function judgeHalfClose(tries: readonly HalfClose[]): Check {
  const last = tries.at(-1);
  if (last === undefined || last.status === 0) {
    return failed(HALF_CLOSE, 'an upgraded call gets no answer', REPORT);
  }
  if (last.status !== 101) {
    const reason = messageOf({ status: last.status, headers: {}, body: last.text });
    return skipped(HALF_CLOSE, `no tunnel to try it in (${last.status}: ${reason})`);
  }
  if (!last.ended) {
    return failed(HALF_CLOSE, 'the end of input does not reach the daemon within 5 s', REPORT);
  }
  if (last.words === 'after') {
    return ok(HALF_CLOSE, 'output arrives behind the end of input, which ends the tunnel');
  }
  const lost = tries.filter(({ words }) => words === 'lost').length;
  if (lost > MAX_LOST) {
    const found = `output behind the end of input is lost (${lost} of ${tries.length} times)`;
    return failed(HALF_CLOSE, found, REPORT);
  }
  return ok(HALF_CLOSE, 'the end of input ends the tunnel; all output came before it');
}

/**
 * Calls over TLS to this very gate.
 *
 * @throws an error with a code where it cannot be reached or another certificate is shown.
 */
async function overGate<T>(
  { target, certificate }: Gate,
  caller: Caller,
  call: (handshake: Handshake) => Promise<T>,
): Promise<T> {
  const raw = await dialTcp(target);
  try {
    const handshake = await startTls(raw, caller, target.host);
    const shown = handshake.certificate;
    if (shown?.raw.equals(certificate.raw) !== true) {
      throw Object.assign(new Error('another certificate'), {
        code: 'another certificate is shown',
      });
    }
    return await call(handshake);
  } finally {
    raw.destroy();
  }
}
