/**
 * Every error that dockgate raises on purpose, with what it means outside: an HTTP status for a
 * caller of the Docker API, an exit code for a person at a terminal.
 */

/** Refusals and failures of one call: code → HTTP status (docs/operations.md says what each means). */
export const HTTP_STATUS = {
  REQUEST_MALFORMED: 400,
  REQUEST_AMBIGUOUS: 400,
  CONNECTION_OVER: 400,
  UPGRADE_NOT_ALLOWED: 400,
  TARGET_INVALID: 400,
  CERTIFICATE_REFUSED: 403,
  POLICY_REFUSED: 403,
  NOT_IN_VIEW: 403,
  ORIGIN_REFUSED: 403,
  TARGET_UNKNOWN: 404,
  BODY_TOO_LARGE: 413,
  TOO_MANY: 429,
  INTERNAL: 500,
  DAEMON_UNREACHABLE: 502,
  DAEMON_BROKE_OFF: 502,
  TARGET_UNCLEAR: 502,
  AUDIT_UNAVAILABLE: 503,
  STOPPING: 503,
} as const;

export type CallErrorCode = keyof typeof HTTP_STATUS;

/** Why a call was not served. The message is what the caller reads, so it never carries a secret. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: CallErrorCode;

  constructor(code: CallErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** The HTTP status that tells the caller. */
  get status(): number {
    return HTTP_STATUS[this.code];
  }
}

/** Any error as one that a caller may be told of; what went wrong inside stays in `cause`. */
export function toCallError(error: unknown): CallError {
  if (error instanceof CallError) return error;
  return new CallError('INTERNAL', 'dockgate failed on this call; its own log says why', {
    cause: error,
  });
}

/** @param limit the most bytes that the body may have. */
export function bodyTooLarge(limit: number): CallError {
  const size = limit % MIB === 0 ? `${limit / MIB} MiB` : `${limit} bytes`;
  return new CallError('BODY_TOO_LARGE', `refused: a body over ${size}`);
}

const MIB = 1024 * 1024;

/** Why a command failed: code → exit code of the process. */
export const EXIT_CODE = {
  USAGE: 2,
  CONFIG_INVALID: 2,
  NAME_INVALID: 2,
  SAN_INVALID: 2,
  FILE_UNREADABLE: 1,
  FILE_UNWRITABLE: 1,
  CERTIFICATE_INVALID: 1,
  CERTIFICATE_EXPIRED: 1,
  CRL_INVALID: 1,
  KEY_MISMATCH: 1,
  PASSPHRASE: 1,
  NAME_TAKEN: 1,
  NOT_FOUND: 1,
  CSR_INVALID: 1,
  ROTATION: 1,
  LOCKED: 1,
  LISTEN_FAILED: 1,
  POLICY_INVALID: 2,
  AUDIT_UNWRITABLE: 1,
  AUDIT_UNREADABLE: 1,
  AUDIT_LOCKED: 1,
  AUDIT_KEY: 1,
  AUDIT_BROKEN: 1,
  UNHEALTHY: 1,
  DAEMON_DENIED: 1,
  SERVICE_IMPOSSIBLE: 1,
  COMMAND_FAILED: 1,
} as const;

export type CommandErrorCode = keyof typeof EXIT_CODE;

/**
 * Why a command failed, as one line that says what is wrong and one that says what to do. Both are
 * printed by cli/terminal.ts and nowhere else.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: CommandErrorCode;
  readonly hint: string;

  constructor(code: CommandErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }

  get exitCode(): number {
    return EXIT_CODE[this.code];
  }
}

/** The system's own word for an error (`ENOENT`), or its message where it has none. */
export function systemCode(error: unknown): string {
  if (error instanceof Error) {
    const { code } = error as { code?: unknown };
    return typeof code === 'string' ? code : error.message;
  }
  return String(error);
}
