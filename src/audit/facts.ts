import type { EffectClass } from '../docker-api/effects.ts';
import type { Operation } from '../docker-api/operation.ts';
import type { CallTarget, Connection, Exchange } from '../exchange.ts';
import { LOCAL } from '../identity/types.ts';
import { redactQuery } from './redact.ts';
import { safeText } from './text.ts';

/** Who called, for a line. */
export function callerOf(connection: Connection): LoggedCaller {
  const known = callers.get(connection);
  if (known !== undefined) return known;
  const caller = newCallerOf(connection);
  callers.set(connection, caller);
  return caller;
}

/** The same for every call of a connection. */
const callers = new WeakMap<Connection, LoggedCaller>();

type LoggedCaller = Readonly<ReturnType<typeof newCallerOf>>;

function newCallerOf({ remote, tls, cipher, identity }: Connection) {
  const { user, role, serial, fingerprint } = identity;
  // Most users are our own; another CA's is told apart from them, and a local caller's name is apart by itself.
  const ca = identity.ca === 'own' || identity.ca === LOCAL ? undefined : identity.ca;
  return { user, ca, role, serial, fingerprint, remote, tls, cipher };
}

/** What a line says of a call's target: what the caller called it, and what the daemon does. */
export type LoggedTarget = CallTarget & { readonly asked?: readonly string[] | undefined };

/** Method, path and action of a call, as far as they are known. */
export interface RequestFacts {
  readonly method: string;
  readonly path: string;
  readonly api_version?: string | undefined;
  readonly user_agent?: string | undefined;
  readonly query?: Record<string, string> | undefined;
  readonly action?: string;
  readonly effect?: EffectClass;
  readonly target?: LoggedTarget | undefined;
}

const LONGEST_AGENT = 256;

function userAgentOf({ request }: Exchange): string | undefined {
  const agent = request.headers['user-agent'];
  return agent === undefined ? undefined : safeText(agent, LONGEST_AGENT);
}

/** What is logged of a request that was refused unread; its query could hold anything. */
export function unread(exchange: Exchange): RequestFacts {
  const { method = '', url = '' } = exchange.request;
  return {
    method: safeText(method),
    path: safeText(url.split('?', 1)[0] ?? ''),
    user_agent: userAgentOf(exchange),
  };
}

/** What is logged of a request that has been understood. */
export function factsOf(exchange: Exchange, operation: Operation): RequestFacts {
  const { method, target, action, effect, subject } = operation;
  return {
    method,
    path: safeText(target.path),
    api_version: target.version,
    user_agent: userAgentOf(exchange),
    query: redactQuery(target.query),
    action,
    effect,
    target: subject.names.length === 0 ? undefined : subjectOf(subject),
  };
}

/** More names than this are not logged; a prune or a save may have many. */
const MOST_NAMES = 16;

function subjectOf({ kind, names }: Operation['subject']): LoggedTarget {
  return { kind, asked: names.slice(0, MOST_NAMES).map((name) => safeText(name, 256)) };
}

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
