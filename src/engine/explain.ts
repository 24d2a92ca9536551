import { CallError, systemCode } from '../errors.ts';
import { MalformedAnswer } from './answer-head.ts';
import { Unasked } from './errors.ts';

const DIAL_ERRORS: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'EAGAIN']);

/** Why there is no answer, for the client: `DAEMON_UNREACHABLE` or `DAEMON_BROKE_OFF`. */
export function explain(error: Error, socketPath: string): CallError {
  if (error instanceof CallError) return error;
  const daemon = `the Docker daemon at unix://${socketPath}`;
  const brokeOff = (what: string): CallError =>
    new CallError('DAEMON_BROKE_OFF', `${daemon} ${what}`, { cause: error });
  if (error instanceof Unasked) {
    return new CallError(
      'DAEMON_BROKE_OFF',
      'the Docker daemon answered with an upgrade that was not asked for',
    );
  }
  if (error instanceof MalformedAnswer) return brokeOff(`gave no HTTP answer: ${error.message}`);
  const code = systemCode(error);
  return DIAL_ERRORS.has(code)
    ? new CallError(
        'DAEMON_UNREACHABLE',
        `cannot reach the Docker daemon at unix://${socketPath}: ${code} (is it running?)`,
        {
          cause: error,
        },
      )
    : brokeOff(`broke off before it answered: ${code}`);
}
