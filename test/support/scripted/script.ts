import type { Random } from '../body/random.ts';

/** How the body of an answer is delimited; `tunnel` takes the connection out of HTTP with a 101, `raw` with a 200. */
export type Framing = 'length' | 'chunked' | 'close' | 'none' | 'head' | 'tunnel' | 'raw';

/** One call, what the daemon answers to it, and what came of it. */
export interface Script {
  readonly id: number;
  readonly framing: Framing;
  readonly method: string;
  readonly status: number;
  readonly body: Buffer;
  readonly trailers: readonly string[];
  /** All that the daemon sends, and how it is cut. */
  readonly wire: Buffer;
  readonly cuts: readonly number[];
  /** Where the body begins in it. */
  readonly headEnd: number;
  /** The daemon breaks off there. */
  readonly killAt: number | undefined;
  /** False: the daemon closes the connection behind its answer. */
  readonly persistent: boolean;
  /** The body of the request; undefined where there is none. */
  readonly upload: Buffer | undefined;
  /** True: answered before the body of the request has come. */
  readonly early: boolean;
  /** How often the daemon heard of it. */
  seen: number;
  /** The body that the daemon got, and what came behind its hijack. */
  received: Buffer;
  piped: Buffer;
}

/** Around what fits into one read, and into the next. */
const SIZES = [0, 1, 2, 300, 65_535, 65_536, 65_537, 131_072, 262_144, 300_000, 600_000];
const ORDINARY = ['length', 'length', 'chunked', 'chunked', 'close', 'none', 'head'] as const;
const HIJACKED = ['tunnel', 'tunnel', 'raw', 'length', 'chunked', 'close'] as const;

/** Bytes that no other call has, and that differ from place to place. */
export function bytesOf(id: number, size: number): Buffer {
  const bytes = Buffer.alloc(size, `<${id}>`);
  for (let at = 0; at + 4 <= size; at += 1024) bytes.writeUInt32BE(at, at);
  return bytes;
}

/** Draws a call, its answer, and what goes wrong. */
export function drawScript(
  id: number,
  random: Random,
  kind: 'plain' | 'upload' | 'hijack',
): Script {
  const drawn = random.pick<Framing>(kind === 'hijack' ? HIJACKED : ORDINARY);
  const framing = kind === 'upload' && drawn === 'head' ? 'length' : drawn;
  const hasBody = framing !== 'none' && framing !== 'head';
  const body = bytesOf(id, hasBody ? random.pick(SIZES) : 0);
  const persistent = hasHttpBehind(framing) && random.chance(0.8);
  const status = statusOf(framing, random);
  const head = drawHead({ id, status, framing, size: body.length, persistent }, random);
  const trailers = framing === 'chunked' && random.chance(0.3) ? ['X-Trailer', String(id)] : [];
  const wire = Buffer.concat([
    Buffer.from(head, 'latin1'),
    framing === 'chunked' ? drawChunks(body, trailers, random) : body,
  ]);
  return {
    ...{ id, framing, status, body, trailers, wire, persistent },
    method: framing === 'head' ? 'HEAD' : kind === 'plain' ? random.pick(['GET', 'POST']) : 'POST',
    cuts: drawCuts(wire.length, random),
    headEnd: head.length,
    killAt: random.chance(0.12) ? random.below(wire.length + 1) : undefined,
    upload: kind === 'plain' ? undefined : bytesOf(-id, random.pick(SIZES)),
    early: kind === 'upload' && random.chance(0.25),
    ...{ seen: 0, received: Buffer.alloc(0), piped: Buffer.alloc(0) },
  };
}

function hasHttpBehind(framing: Framing): boolean {
  return framing !== 'close' && framing !== 'tunnel' && framing !== 'raw';
}

function statusOf(framing: Framing, random: Random): number {
  if (framing === 'tunnel') return 101;
  if (framing === 'raw') return 200;
  return random.pick(framing === 'none' ? [204, 304] : [200, 201, 404, 500]);
}

interface HeadOf extends Pick<Script, 'id' | 'status' | 'framing' | 'persistent'> {
  readonly size: number;
}

function drawHead({ id, status, framing, size, persistent }: HeadOf, random: Random): string {
  const lines = [`HTTP/1.1 ${status}${random.pick([' OK', ' ', '', ' Not quite\xe9'])}`];
  lines.push(`X-Id: ${id}`);
  if (!persistent && framing !== 'tunnel') lines.push('connection: X, Close');
  if (!hasHttpBehind(framing) && framing !== 'close') {
    lines.push('Content-Type: application/vnd.docker.raw-stream');
  }
  if (framing === 'length') lines.push(`content-LENGTH:  ${size}\t`);
  if (framing === 'chunked') lines.push('Transfer-Encoding: chunked');
  // Of no body, whatever it says.
  if (framing === 'head' || framing === 'none') lines.push('Content-Length: 77');
  if (random.chance(0.05)) lines.push(`X-Big: ${'b'.repeat(random.pick([65_536, 1_000_000]))}`);
  const interim = random.chance(0.2) ? 'HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n' : '';
  return `${interim}${lines.join('\r\n')}\r\n\r\n`;
}

function drawChunks(body: Buffer, trailers: readonly string[], random: Random): Buffer {
  const parts: Buffer[] = [];
  const least = body.length > 10_000 ? random.pick([2_000, 10_000]) : 1;
  for (let at = 0; at < body.length;) {
    const size = Math.min(body.length - at, least + random.below(random.pick([3, 70_000])));
    const line = `${random.pick(['', '00'])}${size.toString(16)}${random.pick(['', ';a=b'])}\r\n`;
    parts.push(Buffer.from(line), body.subarray(at, at + size), Buffer.from('\r\n'));
    at += size;
  }
  const [name, value] = trailers;
  const lines = name === undefined ? '' : `${name}: ${value ?? ''}\r\n`;
  return Buffer.concat([...parts, Buffer.from(`${random.pick(['0', '000'])}\r\n${lines}\r\n`)]);
}

/** In one piece, byte by byte where that is few, or in pieces of any size. */
function drawCuts(length: number, random: Random): number[] {
  const kind = random.next();
  if (kind < 0.3) return [length];
  if (kind < 0.5 && length < 2_000) return Array.from({ length }, () => 1);
  const cuts: number[] = [];
  for (let left = length; left > 0;) {
    const least = left > 100_000 ? 10_000 : 1;
    const size = Math.min(left, least + random.below(random.pick([50, 70_000, 400_000])));
    cuts.push(size);
    left -= size;
  }
  return cuts;
}
