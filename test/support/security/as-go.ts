import { PassThrough } from 'node:stream';
import { ByteSource } from '../fake/byte-source.ts';
import { RequestBody } from '../fake/request-body.ts';
import { headerValues, readRequestHead } from '../fake/request-head.ts';

/** A request that Go's server would make of some bytes. */
export interface GoRequest {
  readonly method: string;
  readonly target: string;
  readonly body: Buffer;
  readonly isComplete: boolean;
}

/**
 * Every request that a server as lenient as Go's reads in these bytes, up to the first that it
 * cannot read. Some are read that Go refuses: with empty lines or CRs before them and more spaces than
 * one in the first line, which Node straightens without a word.
 */
export async function readAsGo(bytes: Buffer): Promise<GoRequest[]> {
  const stream = new PassThrough();
  stream.end(bytes);
  const source = new ByteSource(stream);
  const requests: GoRequest[] = [];
  while (await straighten(source)) {
    const head = await readRequestHead(source);
    if (head === undefined || 'malformed' in head) break;
    const reader = new RequestBody(source, head);
    const body = await reader.readAll();
    const { method, target } = head;
    requests.push({ method, target, body, isComplete: reader.isComplete });
    const last = head.version === 'HTTP/1.0' || headerValues(head, 'connection').includes('close');
    if (last || !reader.isComplete) break;
  }
  return requests;
}

/** @returns false at the end of the bytes. */
async function straighten(source: ByteSource): Promise<boolean> {
  for (;;) {
    const line = await source.readUntil('\n');
    if (line === undefined) return false;
    const text = line.toString('latin1').replace(/^\r+/, '');
    if (text === '\n') continue;
    source.unread(Buffer.from(text.replace(/^(\S*) +(\S*) +/, '$1 $2 '), 'latin1'));
    return true;
  }
}
