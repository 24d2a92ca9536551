import type { ListenerEvents } from '../listener/listener.ts';
import type { Tally } from '../monitor/tally.ts';

/** How a TLS handshake can end. `refused`: by us, for its certificate or its user's connections. */
export const HANDSHAKES = ['accepted', 'refused', 'failed', 'over_limit'] as const;
export type HandshakeOutcome = (typeof HANDSHAKES)[number];

/** Counts what a listener tells of handshakes. */
export function countHandshakes(
  events: ListenerEvents,
  tally: Tally<HandshakeOutcome>,
): ListenerEvents {
  return {
    ...events,
    onAdmitted: (socket, connection) => {
      tally.add('accepted');
      events.onAdmitted(socket, connection);
    },
    onRefused: (remote, tls, reason) => {
      tally.add(outcomeOf(tls, reason));
      events.onRefused(remote, tls, reason);
    },
  };
}

/** What was refused after a handshake names its version of TLS. */
function outcomeOf(tls: string | undefined, reason: string): HandshakeOutcome {
  if (tls !== undefined) return 'refused';
  return reason.startsWith('TLS handshake failed') ? 'failed' : 'over_limit';
}
