import type { Action } from '../../docker-api/effects.ts';

/** The first few of many. */
export function listed(actions: readonly Action[]): string {
  const shown = actions.slice(0, 4).join(', ');
  return actions.length > 4 ? `${shown} and ${actions.length - 4} more` : shown;
}
