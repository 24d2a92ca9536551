/** What the gate says of itself where it is watched from (`--metrics`). */
import { systemCode } from '../errors.ts';
import type { MetricsAddress } from '../config/schema.ts';
import { failed, ok, type Check } from './check.ts';
import { dialTcp, ping, type Answer } from './dial.ts';
import { messageOf } from './docker-answer.ts';
import { targetText } from './exposure-facts.ts';
import { dialable } from './port.ts';
import { fixFor } from './round-trip.ts';

/** What is asked; on loopback the host has to be a name of it. */
export const READY = { path: '/readyz', host: 'localhost' };

/** Looks at the daemon from here, and tells what would mend it; undefined where it is well. */
export type FixDaemon = () => Promise<string | undefined>;

/** Asks on loopback, where no certificate is needed. */
export async function askLoopback(address: MetricsAddress, fixDaemon: FixDaemon): Promise<Check> {
  const name = `gate ${targetText(address)}`;
  try {
    const socket = await dialTcp(dialable(address));
    const answer = await ping(socket, undefined, READY).finally(() => socket.destroy());
    return await judgeReady(name, answer, fixDaemon);
  } catch (error) {
    const fix = 'start it: dockgate serve, with the same --metrics';
    return failed(name, `no answer: ${systemCode(error)}`, fix);
  }
}

/** What an answer to `/readyz` says. */
export async function judgeReady(
  name: string,
  answer: Answer | string,
  fixDaemon: FixDaemon,
): Promise<Check> {
  if (typeof answer === 'string') {
    const fix = 'what it says on standard error tells why: journalctl -u dockgate -n 50';
    return failed(name, `the gate broke off: ${answer}`, fix);
  }
  if (answer.status === 200) return ok(name, 'ready');
  const reasons = reasonsIn(answer);
  const said = reasons.map(([check, reason]) => `${check}: ${reason}`).join('; ');
  const found = said === '' ? messageOf(answer) : messageOf({ ...answer, body: said });
  const fix = await fixOf(
    reasons.map(([check]) => check),
    fixDaemon,
  );
  return failed(name, `${answer.status}: ${found}`, fix ?? fixFor(answer.status, 'on its host'));
}

/** What mends the first of the checks that failed; undefined where none is known. */
async function fixOf(names: readonly string[], fixDaemon: FixDaemon): Promise<string | undefined> {
  if (names[0] === 'certificates') return CERTIFICATES;
  if (names[0] === 'daemon') return (await fixDaemon()) ?? DAEMON;
  return undefined;
}

const CERTIFICATES =
  'dockgate server renew; "dockgate doctor" tells which certificate it is, and looks at the clock';
const DAEMON =
  'it answers here, and did not answer the gate: ask again, then run "dockgate doctor"';

/** The checks that failed, and why, in the order in which the gate tells them. */
function reasonsIn(answer: Answer): [string, string][] {
  try {
    const { checks } = JSON.parse(answer.body) as {
      checks: Readonly<Record<string, { readonly reason?: string }>>;
    };
    return Object.entries(checks).flatMap(([name, { reason }]): [string, string][] =>
      reason === undefined ? [] : [[name, reason]],
    );
  } catch {
    return [];
  }
}
