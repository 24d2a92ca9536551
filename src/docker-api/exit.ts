import { parseInt64 } from './form.ts';
import { isObject, isString, readJsonValue, type Json } from './json/value.ts';

/** What `GET /exec/ID/json` says of how the process fares. */
export interface ExecState {
  readonly running: boolean;
  /** Undefined while it has none. */
  readonly exitCode: number | undefined;
}

/** What `POST /containers/ID/wait` answered. */
export interface WaitResult {
  readonly exitCode: number;
  /** Why waiting failed; undefined where it did not. */
  readonly error: string | undefined;
}

/** A longer answer is not read; the arguments of an exec, which are in it, can be long. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Reads the daemon's answer to `GET /exec/ID/json` (moby daemon/server/backend, ExecInspect).
 *
 * @param body the whole answer.
 * @returns undefined where the answer does not plainly say it: an exit is never guessed.
 */
export function readExecState(body: Uint8Array): ExecState | undefined {
  const answer = readAnswer(body);
  const running = answer?.get('Running');
  if (answer === undefined || typeof running !== 'boolean') return undefined;
  const code = answer.get('ExitCode');
  if (code === null) return { running, exitCode: undefined };
  const exitCode = exitCodeOf(code);
  return exitCode === undefined ? undefined : { running, exitCode };
}

/**
 * Reads the daemon's answer to a wait: `{"StatusCode":0}`, with `"Error":{"Message":"…"}` where
 * waiting failed (api/types/container, WaitResponse).
 *
 * @param body the whole answer.
 * @returns undefined where the answer does not plainly say it, as when the container never exited.
 */
export function readWaitResult(body: Uint8Array): WaitResult | undefined {
  const answer = readAnswer(body);
  const exitCode = exitCodeOf(answer?.get('StatusCode'));
  if (answer === undefined || exitCode === undefined) return undefined;
  const failure = answer.get('Error') ?? null;
  if (failure === null) return { exitCode, error: undefined };
  const error = isObject(failure) ? (failure.get('Message') ?? '') : undefined;
  return isString(error) ? { exitCode, error } : undefined;
}

function readAnswer(body: Uint8Array): ReadonlyMap<string, Json> | undefined {
  if (body.length > MAX_BYTES) return undefined;
  const text = utf8(body);
  const value = text === undefined ? undefined : readJsonValue(text);
  return isObject(value) ? value : undefined;
}

function utf8(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
}

/** An exit code is a whole number of 32 bits: Windows has large ones. */
function exitCodeOf(value: Json | undefined): number | undefined {
  const text = value !== null && typeof value === 'object' && 'number' in value ? value.number : '';
  const code = parseInt64(text);
  return code === undefined || code < -(2n ** 31n) || code >= 2n ** 32n ? undefined : Number(code);
}
