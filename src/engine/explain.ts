import { CallError, systemCode } from '../errors.ts';

const DIAL_ERRORS: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'EAGAIN']);

/** What went wrong between the gate and its daemon, for the caller. */
export function explain(error: Error, socketPath: string): CallError {
  const code = systemCode(error);
  return DIAL_ERRORS.has(code)
    ? new CallError(
        'DAEMON_UNREACHABLE',
        `cannot reach the Docker daemon at unix://${socketPath}: ${code} (is it running?)`,
        { cause: error },
      )
    : new CallError(
        'DAEMON_BROKE_OFF',
        `the Docker daemon at unix://${socketPath} broke off before it answered: ${code}`,
        { cause: error },
      );
}
