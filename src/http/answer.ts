import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { CallError } from '../errors.ts';

/** The body of every refusal: the shape that Docker clients print (Engine API, ErrorResponse). */
export function errorBody(message: string): string {
  return `${JSON.stringify({ message })}\n`;
}

/**
 * Answers a call with an error of ours. Nothing may have been answered before.
 *
 * @param last true where the connection ends behind the answer, which then says so (RFC 9112
 * section 9.6).
 */
export function answerError(response: ServerResponse, error: CallError, last: boolean): void {
  const body = errorBody(error.message);
  if (last) {
    response.shouldKeepAlive = false;
    // Node would take a body that nobody has begun to read past every listener, and past any cap.
    response.req.read(0);
  }
  response.writeHead(error.status, [
    // Exactly this value: the docker CLI reads the message for no other.
    ...['Content-Type', 'application/json'],
    ...['Content-Length', String(Buffer.byteLength(body))],
  ]);
  response.end(body);
}

/**
 * The same answer as bytes, for a peer that never gets as far as HTTP, or spoke something else.
 */
export function rawError(status: number, message: string): string {
  const body = errorBody(message);
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
