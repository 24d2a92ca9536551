import { readFileSync } from 'node:fs';

/** What Go made of one request; without a route where no handler was reached. */
export interface GoAnswer {
  readonly status: number;
  readonly method?: string;
  /** In the daemon's own notation: `/containers/{name:.*}/json`. */
  readonly route?: string;
  readonly vars?: Readonly<Record<string, string>>;
  readonly query?: string;
}

export interface GoVector {
  /** The bytes that were sent, as UTF-8. */
  readonly request: string;
  /** One for each request that Go read on the connection. */
  readonly answers: readonly GoAnswer[];
}

export interface NodeVector {
  readonly request: string;
  /** What Node 20 answered, its own error code included. */
  readonly observed: string;
}

export interface AttackVector {
  readonly id: string;
  readonly layer: string;
  readonly attempt: string;
}

/** Where a request or its answer may hold a secret. */
export interface SecretPlace {
  readonly action: string;
  readonly side: 'request' | 'answer';
  readonly what: string;
}

export const GO_PARSING = rows('go-http-parsing.json') as readonly GoVector[];
export const GO_ROUTING = rows('go-mux-routing.json') as readonly GoVector[];
export const NODE_PARSING = rows('node20-http-parsing.json') as readonly NodeVector[];
export const SECRET_PLACES = rows('secret-places.json') as readonly SecretPlace[];
export const ATTACKS = rows('attack-cases.json') as readonly AttackVector[];

function rows(name: string): readonly unknown[] {
  const file = new URL(`../../vectors/${name}`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { rows: readonly unknown[] }).rows;
}

/** The decoded path that a route matched, without its version. */
export function pathOf({ route = '', vars = {} }: GoAnswer): string {
  return route.replace(/\{([a-z]+)(?::\.[*+])?\}/g, (_, name: string) => vars[name] ?? '');
}
