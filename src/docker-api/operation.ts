import { CallError } from '../errors.ts';
import { firstValue } from './query.ts';
import { ROUTES, type Route, type UpgradeToken } from './routes.ts';
import { parseTarget, type Target } from './target.ts';

/** What a request asks for, read as the daemon reads it. */
export interface Operation {
  readonly method: string;
  readonly target: Target;
  /** `container.create`, …; `unknown` where no route of the daemon matches. */
  readonly action: string;
  /** The `Upgrade` token that this call may carry; undefined where none is allowed. */
  readonly hijack: UpgradeToken | undefined;
  /** True where the call can go on for as long as the caller likes. */
  readonly stream: boolean;
}

/**
 * Reads method and target of a request into the operation that the daemon would carry out.
 *
 * @param method as received; the daemon compares it exactly.
 * @param rawTarget the target of the request line, as received.
 * @throws CallError `REQUEST_AMBIGUOUS` where the daemon might read the target differently.
 */
export function readOperation(method: string, rawTarget: string): Operation {
  const target = parseTarget(rawTarget);
  const route = matchRoute(method, target.route);
  if (target.encodedSlash && route?.reference !== true) {
    throw new CallError('REQUEST_AMBIGUOUS', 'refused: "%2F" where the path names no image');
  }
  return {
    method,
    target,
    action: route === undefined ? 'unknown' : actionOf(route, target),
    hijack: route?.hijack,
    stream: route?.stream === true || route?.hijack !== undefined,
  };
}

/** One route, two actions: the daemon pulls when `fromImage` is given, and imports otherwise. */
function actionOf(route: Route, target: Target): string {
  if (route.action !== 'image.pull') return route.action;
  const image = firstValue(target.query, 'fromImage');
  return image === undefined || image === '' ? 'image.import' : 'image.pull';
}

function matchRoute(method: string, path: string): Route | undefined {
  if (method === 'OPTIONS') return OPTIONS_ROUTE;
  const candidates = BY_START.get(startOf(method, path));
  return candidates?.find((route) => route.pattern.test(path));
}

const OPTIONS_ROUTE = ROUTES.find((route) => route.method === 'OPTIONS');

/** The first segment is literal in every route (but OPTIONS), so it leaves a handful to try. */
const BY_START = groupByStart();

function groupByStart(): ReadonlyMap<string, readonly Route[]> {
  const groups = new Map<string, Route[]>();
  for (const route of ROUTES) {
    const key = startOf(route.method, route.pattern.source.replaceAll('\\/', '/').slice(1));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [route]);
    else group.push(route);
  }
  return groups;
}

/** `GET /containers/x/json` → `GET containers`. */
function startOf(method: string, path: string): string {
  const match = /^\/([a-z_]+)/.exec(path);
  return `${method} ${match?.[1] ?? ''}`;
}
