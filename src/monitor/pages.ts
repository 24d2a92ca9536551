import type { ServerResponse } from 'node:http';
import { EFFECTS, type Action } from '../docker-api/effects.ts';
import type { Operation } from '../docker-api/operation.ts';
import type { Exchange, Outcome } from '../exchange.ts';

/** A page that the gate itself answers. */
export type Page = 'healthz' | 'readyz' | 'metrics';

const PAGES: Readonly<Record<string, Page>> = {
  '/healthz': 'healthz',
  '/readyz': 'readyz',
  '/metrics': 'metrics',
};

/** What a policy calls it. */
const ACTIONS = {
  healthz: 'gate.health',
  readyz: 'gate.health',
  metrics: 'gate.metrics',
} as const satisfies Record<Page, Action>;

/** The page of a target, byte for byte; what stands behind `?` does not matter. */
export function pageOf(url: string): Page | undefined {
  const path = url.split('?', 1)[0] ?? '';
  return Object.hasOwn(PAGES, path) ? PAGES[path] : undefined;
}

/** The call of a page, as policy and trail see it. */
export function asPage(operation: Operation, page: Page): Operation {
  const action = ACTIONS[page];
  return { ...operation, action, effect: EFFECTS[action] };
}

export function isPageAction(action: Action): boolean {
  return action === 'gate.health' || action === 'gate.metrics';
}

/** What a page says. */
export interface PageAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Answers with a page. Resolves when it has left, or the client has. */
export function answerPage({ response }: Exchange, answer: PageAnswer): Promise<Outcome> {
  const body = Buffer.from(answer.body);
  return new Promise((resolve) => {
    const outcome = { status: answer.status, bytesIn: 0, bytesOut: body.length };
    response.once('close', () => {
      const end = response.writableFinished ? 'complete' : 'client-gone';
      resolve({ ...outcome, end });
    });
    if (response.closed) resolve({ ...outcome, end: 'client-gone' });
    send(response, answer, body);
  });
}

function send(response: ServerResponse, { status, type }: PageAnswer, body: Buffer): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
}
