import { CallError } from '../errors.ts';

/** Why a body was not received whole. */

/** The client ended its side, and may still read an answer. */
export function brokenOff(): CallError {
  return new CallError('REQUEST_MALFORMED', 'refused: the request ended before its body did');
}

/** Nobody is there to be answered. */
export function clientGone(): CallError {
  return new CallError('CONNECTION_OVER', 'the client went before the body of its call was whole');
}

export function tooLate(ms: number): CallError {
  const reason = `refused: the body of this call did not arrive within ${ms / 1000} s`;
  return new CallError('REQUEST_MALFORMED', reason);
}
