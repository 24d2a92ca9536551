import type { Trail } from '../audit/trail.ts';

/** What was read anew, and what came of it. */
export interface ReloadEvent {
  readonly what: 'policy' | 'certificates';
  /** What made the gate look: a signal, files that changed. */
  readonly cause: string;
  /** Why it was refused; undefined where it is in force. */
  readonly refused: string | undefined;
}

/** The same trail; whoever asked for it hears of each reload that it tells. */
export function withReloads(
  trail: Trail,
  onReload: ((event: ReloadEvent) => void) | undefined,
): Trail {
  if (onReload === undefined) return trail;
  return {
    ...trail,
    gate: (event, detail) => {
      trail.gate(event, detail);
      if (event !== 'gate-reload') return;
      onReload({
        what: detail['policy'] === undefined ? 'certificates' : 'policy',
        cause: String(detail['cause']),
        refused: detail['result'] === 'refused' ? String(detail['reason']) : undefined,
      });
    },
  };
}
