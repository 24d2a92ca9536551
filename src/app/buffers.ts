import v8 from 'node:v8';

/**
 * Has buffers that nobody uses any more freed by the thread that made them. Node makes one of 16 KiB for each TLS record,
 * and V8 frees them on a thread of its own, which can cost half as much again as the whole transfer (docs/decisions/0029).
 *
 * V8 looks at this setting each time that it frees buffers, so it may be changed while a program runs.
 */
export function freeBuffersHere(): void {
  v8.setFlagsFromString('--no-concurrent-array-buffer-sweeping');
}
