import { CallError } from '../errors.ts';
import { EFFECTS, type Action, type EffectClass } from './effects.ts';
import { Query } from './query.ts';
import { OPTIONS_ROUTE, ROUTES, type Route, type Streaming, type UpgradeToken } from './routes.ts';
import { readSubject, type Subject } from './subject.ts';
import { parseTarget, type Target } from './target.ts';
import { readVersion, type ApiVersion } from './version.ts';

/** What a request asks for, read as the daemon reads it. */
export interface Operation {
  readonly method: string;
  readonly target: Target;
  readonly query: Query;
  /** `container.create`, …; `unknown` where no route of the daemon matches. */
  readonly action: Action;
  /** What is promised of the action, and of all others in its class. */
  readonly effect: EffectClass;
  /** Part of what the request means; undefined where the path has none, so the daemon's newest. */
  readonly version: ApiVersion | undefined;
  readonly subject: Subject;
  readonly streaming: Streaming;
  /** The `Upgrade` token that this call may carry; undefined where none is allowed. */
  readonly hijack: UpgradeToken | undefined;
  /** True for one that is read once: the same object for everybody who asks for it again. */
  readonly isShared: boolean;
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
  return known.get(method)?.get(rawTarget) ?? readAnew(method, rawTarget);
}

/** Most calls of most clients are the same few: pings, lists, what a dashboard watches. By method and target. */
const known = new Map<string, Map<string, Operation>>();
/** Of each method. */
const MAX_KNOWN = 256;
const LONGEST_KNOWN = 256;

/** What a client sends again and again is short. Queries of calls that change something may hold secrets. */
function isKept(method: string, rawTarget: string): boolean {
  return rawTarget.length <= LONGEST_KNOWN && (method === 'GET' || !rawTarget.includes('?'));
}

function keep(rawTarget: string, operation: Operation): void {
  const { method } = operation;
  const ofMethod = known.get(method) ?? new Map<string, Operation>();
  // Whoever fills it up has everything read anew, as it would be without it.
  if (ofMethod.size >= MAX_KNOWN) ofMethod.clear();
  known.set(method, ofMethod.set(rawTarget, operation));
}

function readAnew(method: string, rawTarget: string): Operation {
  const target = parseTarget(rawTarget);
  const { route, names } = matchRoute(method, target.route);
  if (target.encodedSlash && !route.reference) {
    throw new CallError('REQUEST_AMBIGUOUS', 'refused: "%2F" where the path names no image');
  }
  const query = new Query(target.query);
  const action = actionOf(route, query);
  const subject = readSubject(route.kind, action, query, names);
  const operation: Operation = {
    method,
    target,
    query,
    action,
    effect: EFFECTS[action],
    version: target.version === undefined ? undefined : readVersion(target.version),
    subject,
    streaming: route.streaming,
    hijack: UPGRADES[route.streaming],
    isShared: action !== 'unknown' && isKept(method, rawTarget),
    stream: route.streaming !== 'none',
  };
  if (operation.isShared) keep(rawTarget, operation);
  return operation;
}

const UPGRADES: Partial<Record<Streaming, UpgradeToken>> = {
  'hijack-tcp': 'tcp',
  'hijack-h2c': 'h2c',
  websocket: 'websocket',
};

/** One route, two actions: the query says which, by the values that the daemon looks at. */
function actionOf({ action }: Route, query: Query): Action {
  // The daemon pulls when `fromImage` is given, and imports otherwise (image_routes.go).
  if (action === 'image.pull') return given(query, 'fromImage') ? 'image.pull' : 'image.import';
  // A checkpoint may come from any directory of the host (daemon/checkpoint.go). Without the first,
  // today's daemon ignores the second.
  if (action === 'container.start') {
    return given(query, 'checkpoint') || given(query, 'checkpoint-dir')
      ? 'container.restore'
      : 'container.start';
  }
  return action;
}

function given(query: Query, key: string): boolean {
  return (query.first(key) ?? '') !== '';
}

interface Match {
  readonly route: Route;
  /** What the path names: one name, or none. */
  readonly names: readonly string[];
}

/** Where no route matches. The daemon answers 404, whatever it is asked. */
const UNKNOWN: Match = {
  route: {
    method: '',
    action: 'unknown',
    pattern: /(?!)/,
    kind: 'none',
    streaming: 'none',
    reference: false,
  },
  names: [],
};

function matchRoute(method: string, path: string): Match {
  if (method === 'OPTIONS') return { route: OPTIONS_ROUTE, names: [] };
  for (const route of BY_START.get(startOf(method, path)) ?? []) {
    const found = route.pattern.exec(path);
    // The second variable of a path is part of the first one's object, or is no object.
    if (found !== null) return { route, names: found.slice(1, 2) };
  }
  return UNKNOWN;
}

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
