import type { Operation } from '../docker-api/operation.ts';
import type { CallTarget, Connection, Exchange } from '../exchange.ts';
import { WrittenFields } from './chain/record.ts';
import { LOCAL } from '../identity/types.ts';
import { redactQuery } from './redact.ts';
import { safeText } from './text.ts';
import {
  NO_TARGET,
  writtenRequest,
  writtenTarget,
  type LoggedRequest,
  type LoggedTarget,
} from './written.ts';

/** Who called, for a line: the same for every call of a connection. */
export function callerOf(connection: Connection): LoggedCaller {
  const known = callers.get(connection);
  if (known !== undefined) return known;
  const caller = new LoggedCaller(connection);
  callers.set(connection, caller);
  return caller;
}

const callers = new WeakMap<Connection, LoggedCaller>();

/** Who called, as lines say it. Most users are our own; another CA's is told apart from them. */
export class LoggedCaller {
  readonly #fields: { readonly [field: string]: unknown; readonly role: string | undefined };
  #role: string | undefined;
  #written: WrittenFields;

  constructor({ remote, tls, cipher, identity }: Connection) {
    const { user, role, serial, fingerprint } = identity;
    // A local caller's name is apart by itself.
    const ca = identity.ca === 'own' || identity.ca === LOCAL ? undefined : identity.ca;
    this.#fields = { user, ca, role, serial, fingerprint, remote, tls, cipher };
    this.#role = role;
    this.#written = WrittenFields.lasting(this.#fields);
  }

  /** Fields of a line. @param role what a policy takes the caller for; by default what the certificate says. */
  as(role = this.#fields.role): WrittenFields {
    if (role !== this.#role) {
      this.#role = role;
      this.#written = WrittenFields.lasting({ ...this.#fields, role });
    }
    return this.#written;
  }
}

const LONGEST_AGENT = 256;

function userAgentOf({ request }: Exchange): string | undefined {
  const agent = request.headers['user-agent'];
  return agent === undefined ? undefined : safeText(agent, LONGEST_AGENT);
}

/** Method and path of a request that was refused unread; its query could hold anything. */
export function unread(exchange: Exchange): WrittenFields {
  const { method = '', url = '' } = exchange.request;
  return new WrittenFields({
    method: safeText(method),
    path: safeText(url.split('?', 1)[0] ?? ''),
    user_agent: userAgentOf(exchange),
  });
}

/** What was asked, for each line of a call. */
export interface Asked {
  /** Method, path and action. */
  readonly request: WrittenFields;
  /** What the request calls its target; undefined where it names none. */
  readonly target: LoggedTarget | undefined;
  /** The same as it stands in lines. */
  readonly written: WrittenFields;
}

/** What a request asks for that has been understood. */
export function askedOf(exchange: Exchange, operation: Operation): Asked {
  const agent = userAgentOf(exchange);
  const known = shared.get(operation);
  if (known !== undefined && known.agent === agent) return known.asked;
  const request = describeRequest(operation, agent);
  const target = describeSubject(operation);
  if (!operation.isShared) {
    return { request: writtenRequest(request), target, written: writtenTarget(target) };
  }
  const asked = {
    request: WrittenFields.lasting(request),
    target,
    written: target === undefined ? NO_TARGET : WrittenFields.lasting({ target }),
  };
  shared.set(operation, { agent, asked });
  return asked;
}

/** Of operations that are the same for all who ask for them, most of whom have the same client. */
const shared = new WeakMap<Operation, { agent: string | undefined; asked: Asked }>();

function describeRequest(
  { method, target, action, effect }: Operation,
  agent: string | undefined,
): LoggedRequest {
  return {
    method,
    path: safeText(target.path),
    api_version: target.version,
    user_agent: agent,
    query: redactQuery(target.query),
    action,
    effect,
  };
}

function describeSubject({ subject }: Operation): LoggedTarget | undefined {
  const { kind, names } = subject;
  if (names.length === 0) return undefined;
  return { kind, asked: names.slice(0, MOST_NAMES).map((name) => safeText(name, 256)) };
}

/** More names than this are not logged; a prune or a save may have many. */
const MOST_NAMES = 16;

/**
 * A target with what the daemon says of it, made harmless: names are the users' own. Field by field, as the lines are.
 *
 * @param known what was known of it before; what the daemon does not say stays.
 */
export function targetWith(known: LoggedTarget | undefined, said: CallTarget): LoggedTarget {
  return {
    kind: said.kind,
    asked: known?.asked,
    id: safe(said.id) ?? known?.id,
    container: safe(said.container) ?? known?.container,
    name: safe(said.name) ?? known?.name,
    image: safe(said.image) ?? known?.image,
  };
}

function safe(value: string | undefined): string | undefined {
  return value === undefined ? undefined : safeText(value);
}
