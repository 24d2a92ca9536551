import type { EngineRequest } from './types.ts';

/** What may stand in a request line and in a header; everything that ends a line is beyond it. */
const HARMLESS = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The head of a request, as it goes to the daemon; latin1.
 *
 * @param keepAlive false where the connection is to end behind the answer.
 * @throws TypeError where something in it would end a line: no caller gets that far.
 */
export function requestHead(
  { method, target, headers }: EngineRequest,
  keepAlive: boolean,
): string {
  let head = `${harmless(method)} ${harmless(target)} HTTP/1.1`;
  let hasConnection = false;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? '';
    if (name.length === 10 && name.toLowerCase() === 'connection') hasConnection = true;
    head += `\r\n${harmless(name)}: ${harmless(headers[at + 1] ?? '')}`;
  }
  if (!hasConnection) head += `\r\nConnection: ${keepAlive ? 'keep-alive' : 'close'}`;
  return `${head}\r\n\r\n`;
}

function harmless(part: string): string {
  if (!HARMLESS.test(part)) throw new TypeError('a request head with a line end in it');
  return part;
}
