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
  let head = `${method} ${target} HTTP/1.1`;
  let hasConnection = false;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? '';
    if (name.length === 10 && name.toLowerCase() === 'connection') hasConnection = true;
    head += `\r\n${name}: ${headers[at + 1] ?? ''}`;
  }
  if (!hasConnection) head += `\r\nConnection: ${keepAlive ? 'keep-alive' : 'close'}`;
  checkLines(head, headers.length / 2 + (hasConnection ? 0 : 1));
  return `${head}\r\n\r\n`;
}

/** As many line ends as were meant, and nothing else that is no text. */
function checkLines(head: string, lines: number): void {
  const found = head.split('\r\n');
  if (found.length === lines + 1 && found.every((line) => HARMLESS.test(line))) return;
  throw new TypeError('a request head with a line end in it');
}
