import type { CallTrail } from './trail.ts';

/**
 * A page that does some things in a way of its own. Whoever wraps a page passes on by this all that is none of
 * their business, so that nothing is lost on the way.
 */
export function pageOver(page: CallTrail, own: Partial<CallTrail>): CallTrail {
  return {
    understood: (operation) => {
      page.understood(operation);
    },
    body: (body) => {
      page.body(body);
    },
    target: (target) => {
      page.target(target);
    },
    decided: (verdict) => {
      page.decided(verdict);
    },
    intend: (operation) => page.intend(operation),
    answered: (outcome) => {
      page.answered(outcome);
    },
    close: (outcome) => {
      page.close(outcome);
    },
    exited: (exitCode) => {
      page.exited(exitCode);
    },
    ...own,
  };
}
