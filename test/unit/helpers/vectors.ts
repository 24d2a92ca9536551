import { readFileSync } from 'node:fs';

/** A route of the daemon, in its own notation. */
export interface RouteVector {
  readonly method: string;
  /** `/containers/{name:.*}/json` */
  readonly route: string;
  /** `image.pull|image.import` where the query decides. */
  readonly action: string;
  readonly streaming: string;
}

/** What Go made of one request; without a route where no handler was reached. */
export interface GoAnswer {
  readonly status: number;
  readonly location?: string;
  readonly method?: string;
  readonly route?: string;
  readonly vars?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly form?: Readonly<Record<string, readonly string[]>>;
}

export interface GoVector {
  /** The bytes that were sent, as UTF-8. */
  readonly request: string;
  /** One for each request that Go read on the connection. */
  readonly answers: readonly GoAnswer[];
}

/** What an action can do at most, judged by itself. */
export interface EffectVector {
  readonly action: string;
  /** The class that has to cover it. */
  readonly effect: string;
  readonly changes: boolean;
  readonly reveals: boolean;
  readonly hostPower: boolean;
  readonly callsOut: boolean;
  readonly why: string;
}

export const EFFECT_VECTORS = rows('effects.json') as readonly EffectVector[];
export const ROUTE_VECTORS = rows('docker-routes.json') as readonly RouteVector[];
export const GO_ROUTING = rows('go-mux-routing.json') as readonly GoVector[];
export const GO_HTTP = rows('go-http-parsing.json') as readonly GoVector[];

function rows(name: string): readonly unknown[] {
  const file = new URL(`../../vectors/${name}`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { rows: readonly unknown[] }).rows;
}

/** The actions that a route of the daemon may stand for. */
export function actionsOf(method: string, route: string): readonly string[] {
  const vector = ROUTE_VECTORS.find((row) => row.method === method && row.route === route);
  if (vector === undefined) throw new Error(`no such route: ${method} ${route}`);
  return vector.action.split('|');
}

const VARIABLE = /\{([a-z]+)(?::(\.[*+]))?\}/g;

/** A route with its variables filled in: what it matched. */
export function fillRoute(route: string, vars: Readonly<Record<string, string>>): string {
  return route.replace(VARIABLE, (_, name: string) => vars[name] ?? '');
}

/** A route as a pattern over decoded paths, by gorilla/mux's rules. */
export function routePattern(route: string): RegExp {
  const parts: (string | undefined)[] = route.split(VARIABLE);
  // Literal, name, quantifier, literal, …
  const source = parts.map((part, at) => {
    if (at % 3 === 0) return part?.replace(/[.*+?^$()[\]{}|\\]/g, '\\$&');
    return at % 3 === 1 ? '' : (part ?? '[^/]+');
  });
  return new RegExp(`^${source.join('')}$`, 's');
}
