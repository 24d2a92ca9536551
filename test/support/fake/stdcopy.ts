/** Streams of api/pkg/stdcopy: 8-byte header (type, three zeros, big-endian length), then the bytes. */
const STREAM = { stdin: 0, stdout: 1, stderr: 2, systemerr: 3 } as const;

export function stdcopyFrame(stream: keyof typeof STREAM, payload: Buffer | string): Buffer {
  const body = Buffer.from(payload);
  const header = Buffer.alloc(8);
  header.writeUInt8(STREAM[stream], 0);
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}
