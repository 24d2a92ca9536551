import type { CallTrail, Trail } from '../../../src/audit/trail.ts';

const nothing = (): void => undefined;

const page: CallTrail = {
  understood: nothing,
  body: nothing,
  target: nothing,
  decided: nothing,
  intend: () => undefined,
  answered: nothing,
  close: nothing,
  exited: nothing,
};

/** Has the shape of the trail, and writes nothing: what a call costs without one. */
export function createTrail(): Trail {
  return {
    call: () => page,
    malformed: nothing,
    peerRefused: nothing,
    cut: nothing,
    gate: nothing,
    certificate: nothing,
  };
}
