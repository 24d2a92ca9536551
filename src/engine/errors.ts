/** The connection closed before an answer was whole. */
export class ClosedEarly extends Error {
  override readonly name = 'ClosedEarly';
  readonly code = 'ECONNRESET';
}

/** The daemon answered with an upgrade that was not asked for. */
export class Unasked extends Error {
  override readonly name = 'Unasked';
}
