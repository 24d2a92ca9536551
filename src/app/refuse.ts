import type { CallError } from '../errors.ts';
import type { Exchange, Outcome } from '../exchange.ts';
import { answerError } from '../http/answer.ts';
import { lingerClose } from '../http/linger.ts';
import type { Log } from './log.ts';

/**
 * Tells the client why its call was not served. The connection goes on for the next call only
 * where this one was read to its end and was well formed.
 */
export function createRefuse(log: Log) {
  return function refuse(exchange: Exchange, error: CallError): Promise<Outcome> {
    const { request, response, upgrade } = exchange;
    if (error.code === 'CONNECTION_OVER') return Promise.resolve(unanswered(exchange, error));
    if (error.code === 'INTERNAL') log.error({ err: error.cause }, 'a call failed inside dockgate');
    const last = !request.complete || CLOSING.has(error.code);
    // A client whose bytes broke off in the middle has been cut already.
    const { destroyed } = upgrade?.socket ?? request.socket;
    if (response.headersSent) request.socket.destroy();
    else if (!destroyed) answerError(response, error, last);
    // Other connections the listener closes, behind an answer that says so.
    if (upgrade !== undefined) lingerClose(upgrade.socket, upgrade.socket);
    return Promise.resolve({
      status: destroyed ? 0 : error.status,
      bytesIn: 0,
      bytesOut: 0,
      end: DAEMON.has(error.code) ? 'daemon-gone' : 'refused',
      reason: error.message,
    });
  };
}

/** Nobody is there to be told; the call is written down all the same. */
function unanswered({ request }: Exchange, { message }: CallError): Outcome {
  const end = request.socket.destroyed ? 'client-gone' : 'refused';
  return { status: 0, bytesIn: 0, bytesOut: 0, end, reason: message };
}

/** After these nothing more is read from the connection. */
const CLOSING: ReadonlySet<CallError['code']> = new Set([
  'REQUEST_MALFORMED',
  'REQUEST_AMBIGUOUS',
  'UPGRADE_NOT_ALLOWED',
  'CERTIFICATE_REFUSED',
  'INTERNAL',
  'STOPPING',
]);

const DAEMON: ReadonlySet<CallError['code']> = new Set(['DAEMON_UNREACHABLE', 'DAEMON_BROKE_OFF']);
