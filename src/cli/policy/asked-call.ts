/** What `policy explain` is asked about: a call, its body, and who makes it. */
import { isIP } from 'node:net';
import { readCall, type ReadCall } from '../../app/rehearsal.ts';
import { isBodyAction } from '../../docker-api/body/bodies.ts';
import { readBody } from '../../docker-api/body/read-body.ts';
import type { Operation } from '../../docker-api/operation.ts';
import { CallError, CommandError } from '../../errors.ts';
import { LOCAL } from '../../identity/types.ts';
import type { OpenPolicy } from '../../policy/policy.ts';
import type { CallBody, Caller } from '../../policy/types.ts';
import { isLocalUser, isUserName, USER_NAME_RULE } from '../../user-name.ts';
import { readBytes } from './files.ts';

/** Who calls, as the command line says it. */
export interface CallerArguments {
  readonly user: string;
  readonly role: string | undefined;
  readonly fingerprint: string | undefined;
  readonly ca: string | undefined;
  readonly address: string | undefined;
}

/** @throws CommandError `USAGE` for what is no call, and for what the gate answers without a policy. */
export function callOf(call: string): ReadCall {
  const [method, target, ...more] = call.trim().split(/\s+/);
  const isCall =
    method !== undefined && /^[A-Z]+$/.test(method) && target?.startsWith('/') === true;
  if (!isCall || more.length > 0) {
    throw new CommandError(
      'USAGE',
      `${JSON.stringify(call)} is no call`,
      'write what a client sends, method and path in one argument: "GET /v1.41/containers/json"',
    );
  }
  return readAsGate(() => readCall(method, target));
}

/** A body that asks for nothing; undefined where the daemon takes a list. */
export function emptyBody({ action, version }: Operation): CallBody | undefined {
  if (!isBodyAction(action)) return undefined;
  try {
    return { action, ...readBody(action, version, Buffer.from('{}')) } as CallBody;
  } catch {
    return undefined;
  }
}

/** @throws CommandError `FILE_UNREADABLE`, `USAGE`. */
export function bodyOf(operation: Operation, file: string | undefined): CallBody | undefined {
  if (file === undefined) return undefined;
  const { action, version } = operation;
  if (!isBodyAction(action)) {
    const hint = 'leave --body out';
    throw new CommandError('USAGE', `the body of ${action} is not looked at`, hint);
  }
  const bytes = readBytes(file, 'the body');
  return { action, ...readAsGate(() => readBody(action, version, bytes)) } as CallBody;
}

/** What the gate refuses, whatever a policy says. */
function readAsGate<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    throw new CommandError(
      'USAGE',
      `the gate answers ${error.status} before any policy is asked: ${error.message}`,
      'write the call as a Docker client does',
      { cause: error },
    );
  }
}

/** @throws CommandError `USAGE` for who cannot be a caller, and a CA that the policy does not name. */
export function callerOf(
  { user, role, fingerprint, ca: name, address }: CallerArguments,
  { cas }: OpenPolicy,
): Caller {
  if (isLocalUser(user)) return { user, ca: LOCAL, address: '', now: Date.now() };
  // A flag that is given twice is a list.
  if (!isUserName(user)) {
    throw new CommandError(
      'USAGE',
      `${JSON.stringify(user)} is no name of one user`,
      USER_NAME_RULE,
    );
  }
  if (address !== undefined && isIP(address) === 0) {
    throw new CommandError(
      'USAGE',
      `${JSON.stringify(address)} is no IP address`,
      'write one as 192.0.2.7 or 2001:db8::1, without a port',
    );
  }
  const ca = name === undefined ? undefined : cas.get(name);
  if (name !== undefined && ca === undefined) {
    throw new CommandError(
      'USAGE',
      `the policy names no CA ${JSON.stringify(name)}`,
      cas.size === 0 ? 'name it under "cas"' : `name one of ${[...cas.keys()].join(', ')}`,
    );
  }
  const digits = (fingerprint ?? '').replaceAll(':', '').toLowerCase();
  return { user, role, fingerprint: digits, ca, address: address ?? '', now: Date.now() };
}
