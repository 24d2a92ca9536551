/** Bytes of payload of each stream, without headers. */
export interface StreamBytes {
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
  /** What the daemon itself had to say, as an error. */
  readonly systemerr: number;
}

/** By the type byte of a frame's header (api/pkg/stdcopy, StdType). */
const STREAMS = ['stdin', 'stdout', 'stderr', 'systemerr'] as const;

const HEADER_BYTES = 8;

/**
 * Counts what passes in a multiplexed stream (`application/vnd.docker.multiplexed-stream`) frame by
 * frame: type 0 to 3, three zeros, big-endian length, payload (api/pkg/stdcopy). It keeps eight bytes
 * at most, and no payload.
 *
 * In doubt it says so and counts no further: once a header is none, the rest has no meaning.
 */
export class FrameCounter {
  readonly #bytes = { stdin: 0, stdout: 0, stderr: 0, systemerr: 0 };
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerBytes = 0;
  #stream: (typeof STREAMS)[number] = 'stdin';
  #left = 0;
  #garbage = false;

  /** The counts so far; of a frame that is still under way, what has come of it. */
  get bytes(): StreamBytes {
    return { ...this.#bytes };
  }

  /** True from the first header on that is none. */
  get garbage(): boolean {
    return this.#garbage;
  }

  /** True where a stream that ended here would have been cut within a frame. */
  get withinFrame(): boolean {
    return this.#left > 0 || this.#headerBytes > 0;
  }

  /** @param chunk the next bytes, cut anywhere. */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.#garbage) {
      at += this.#left > 0 ? this.#payload(chunk, at) : this.#headerPart(chunk, at);
    }
  }

  #payload(chunk: Uint8Array, at: number): number {
    const taken = Math.min(this.#left, chunk.length - at);
    this.#bytes[this.#stream] += taken;
    this.#left -= taken;
    return taken;
  }

  #headerPart(chunk: Uint8Array, at: number): number {
    const taken = Math.min(HEADER_BYTES - this.#headerBytes, chunk.length - at);
    this.#header.set(chunk.subarray(at, at + taken), this.#headerBytes);
    this.#headerBytes += taken;
    if (this.#headerBytes === HEADER_BYTES) this.#frame();
    return taken;
  }

  #frame(): void {
    const view = new DataView(this.#header.buffer);
    // The type and three zeros, as one number.
    const stream = STREAMS[view.getUint32(0, true)];
    this.#headerBytes = 0;
    if (stream === undefined) {
      this.#garbage = true;
      return;
    }
    this.#stream = stream;
    this.#left = view.getUint32(4);
  }
}
