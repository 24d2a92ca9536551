import type { AnswerSink, EngineResponse } from '../engine/types.ts';

/**
 * Keeps a copy of a body that somebody else reads.
 *
 * @param max bytes; of a longer body nothing is kept.
 * @returns the answer to read instead, and what gives what has come until then; undefined where it is too long.
 */
export function keepBody(
  answer: EngineResponse,
  max: number,
): { readonly answer: EngineResponse; readonly kept: () => Buffer | undefined } {
  let pieces: Buffer[] | undefined = [];
  let size = 0;
  const keep = (bytes: Buffer): void => {
    size += bytes.length;
    if (size > max) pieces = undefined;
    pieces?.push(Buffer.from(bytes));
  };
  const keeping = (sink: AnswerSink): AnswerSink => ({
    piece: (bytes, done) => {
      keep(bytes);
      sink.piece(bytes, done);
    },
    end: (trailers) => {
      sink.end(trailers);
    },
    broken: () => {
      sink.broken();
    },
  });
  return {
    answer: {
      ...answer,
      read: (sink) => {
        answer.read(keeping(sink));
      },
    },
    kept: () => pieces && Buffer.concat(pieces),
  };
}
