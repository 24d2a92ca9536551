import { systemCode } from '../errors.ts';
import { failed, ok, skipped, type Check } from './check.ts';
import { ping } from './dial.ts';
import { messageOf } from './docker-answer.ts';

/**
 * Asks the gate on a unix socket of its own. Any answer shows that it serves there; what it answers with 5xx, it
 * cannot do.
 */
export async function checkLocalSocket(socketPath: string): Promise<Check> {
  const name = `gate ${socketPath}`;
  try {
    const answer = await ping({ socketPath });
    if (answer.status < 500) return ok(name, `answers (${answer.status})`);
    return failed(name, `answers ${answer.status}: ${messageOf(answer)}`, 'see "docker socket"');
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EACCES')
      return skipped(name, 'this user may not connect', 'sudo dockgate doctor');
    return failed(name, `does not answer: ${code}`, 'start it: dockgate serve');
  }
}
