import { refuse } from './refuse.ts';

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text of a JSON document. Go puts U+FFFD in the place of bytes that are no UTF-8, and takes a
 * byte order mark for an invalid character (encoding/json scanner.go, decode.go `unquote`).
 *
 * @throws CallError `REQUEST_AMBIGUOUS` for either.
 */
export function decodeText(bytes: Uint8Array): string {
  let text: string;
  try {
    text = UTF_8.decode(bytes);
  } catch {
    return refuse('is not valid UTF-8');
  }
  if (text.startsWith('\uFEFF')) refuse('starts with a byte order mark');
  return text;
}
