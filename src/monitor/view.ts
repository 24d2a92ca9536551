import type { Action } from '../docker-api/effects.ts';
import type { Operation } from '../docker-api/operation.ts';
import { CallError } from '../errors.ts';

/** Below this path is the read-only view of the daemon's API. Compared as it is, byte for byte. */
const PREFIX = '/engine';

/** What the view shows: lists and states. Nothing that changes, and no inspect, which would show environments. */
const SHOWN: ReadonlySet<Action> = new Set<Action>([
  'system.ping',
  'system.version',
  'system.info',
  'system.events',
  'system.df',
  'container.list',
  'container.stats',
  'image.list',
  'network.list',
  'volume.list',
]);

/** What a container can be called in the view: what the daemon accepts as a name, so no `/` and no `%`. */
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/**
 * The target of a call below `/engine`, as the daemon is to read it; undefined for all others. Nothing is decoded for
 * this: `/%65ngine`, `/Engine` and `/engine/../x` are not below it, or are refused by whoever reads the rest.
 */
export function viewTarget(url: string): string | undefined {
  return url.startsWith(`${PREFIX}/`) ? url.slice(PREFIX.length) : undefined;
}

/** @throws CallError `NOT_IN_VIEW` for everything that the view does not show. */
export function requireInView({ method, action, subject }: Operation): void {
  if (method !== 'GET' || !SHOWN.has(action)) throw notInView();
  const named = action === 'container.stats' ? subject.names : [];
  if (!named.every((name) => PLAIN_NAME.test(name))) throw notInView();
}

export function notInView(): CallError {
  return new CallError(
    'NOT_IN_VIEW',
    'refused: there is GET of /healthz, /readyz and /metrics here, and of /engine/ with _ping, version, info, events, system/df, containers/json, containers/ID/stats, images/json, networks, volumes',
  );
}
