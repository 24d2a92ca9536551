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

/** Asks on loopback, where no certificate is needed. */
export async function askLoopback(address: MetricsAddress): Promise<Check> {
  const name = `gate ${targetText(address)}`;
  try {
    const socket = await dialTcp(dialable(address));
    const answer = await ping(socket, undefined, READY).finally(() => socket.destroy());
    return judgeReady(name, answer);
  } catch (error) {
    const fix = 'start it: dockgate serve, with the same --metrics';
    return failed(name, `no answer: ${systemCode(error)}`, fix);
  }
}

/** What an answer to `/readyz` says. */
export function judgeReady(name: string, answer: Answer | string): Check {
  if (typeof answer === 'string') {
    const fix = 'what it says on standard error tells why: journalctl -u dockgate -n 50';
    return failed(name, `the gate broke off: ${answer}`, fix);
  }
  if (answer.status === 200) return ok(name, 'ready');
  const found = `${answer.status}: ${whyNot(answer)}`;
  return failed(name, found, fixFor(answer.status, 'on its host'));
}

/** The reasons in the answer. */
function whyNot(answer: Answer): string {
  try {
    const { checks } = JSON.parse(answer.body) as {
      checks: Readonly<Record<string, { readonly reason?: string }>>;
    };
    const reasons = Object.entries(checks).flatMap(([name, { reason }]) =>
      reason === undefined ? [] : [`${name}: ${reason}`],
    );
    return messageOf({ ...answer, body: reasons.join('; ') });
  } catch {
    return messageOf(answer);
  }
}
