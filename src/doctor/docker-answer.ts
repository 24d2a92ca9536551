import type { Answer } from './dial.ts';

/** What an answer to `/_ping` says of who gave it. */
export interface Ping {
  readonly apiVersion: string | undefined;
  /** Such as `Docker/20.10.24 (linux)`. */
  readonly server: string | undefined;
  /** ms since the epoch; NaN without a Date header. */
  readonly date: number;
}

/** A healthy daemon's answer: 200 with an API version, as every daemon since 1.12 sends it. */
export function readPing({ status, headers }: Answer): Ping | undefined {
  if (status !== 200 || header(headers, 'api-version') === undefined) return undefined;
  return {
    apiVersion: header(headers, 'api-version'),
    server: header(headers, 'server'),
    date: Date.parse(headers.date ?? ''),
  };
}

/** True for any answer that only a Docker daemon (or something that speaks for it) gives. */
export function isDocker({ headers }: Answer): boolean {
  return (
    header(headers, 'api-version') !== undefined ||
    (header(headers, 'server') ?? '').startsWith('Docker/')
  );
}

/** The `message` of an error answer, or its first line, on one line of at most 200 characters. */
export function messageOf({ body }: Answer): string {
  let text = body;
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) {
      text = String(parsed.message);
    }
  } catch {
    // Not JSON: shown as it is.
  }
  return text
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 200);
}

/** `Docker 20.10.24 (linux), API 1.41`. */
export function daemonText({ server, apiVersion }: Ping): string {
  const name = server?.replace('Docker/', 'Docker ') ?? 'a daemon without a name';
  return `${name}, API ${apiVersion ?? 'unknown'}`;
}

function header(headers: Answer['headers'], name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
