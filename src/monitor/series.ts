/** Every series of the gate itself: kind, meaning and labels. docs/metrics.md is held to this table. */
export const SERIES = {
  dockgate_build_info: ['gauge', 'Always 1; which dockgate this is.', ['version', 'node']],
  dockgate_calls_total: [
    'counter',
    'Calls that have ended, by action, what the policy decided, and class of status.',
    ['action', 'decision', 'status'],
  ],
  dockgate_calls_open: ['gauge', 'Calls under way.', []],
  dockgate_call_duration_seconds: [
    'histogram',
    'Time until the daemon hears of a call (part gate), and from then until the head of its answer (part daemon).',
    ['part', 'effect'],
  ],
  dockgate_bytes_total: [
    'counter',
    'Bytes of bodies and streams, from clients (in) and to them (out).',
    ['direction'],
  ],
  dockgate_streams_open: ['gauge', 'Calls under way that may last, by kind.', ['kind']],
  dockgate_connections_open: [
    'gauge',
    'Connections by listener, and whether the peer is known.',
    ['listener', 'peer'],
  ],
  dockgate_connections_cut_total: [
    'counter',
    'Connections that were closed because their certificate ended.',
    [],
  ],
  dockgate_handshakes_total: [
    'counter',
    'TLS handshakes: accepted, refused (certificate), failed (no TLS), over_limit.',
    ['outcome'],
  ],
  dockgate_certificate_expiry_timestamp_seconds: [
    'gauge',
    'End of a certificate, s since the epoch: kind server, ca, or client for each that was seen.',
    ['kind', 'user', 'fingerprint'],
  ],
  dockgate_revocations: [
    'gauge',
    'Certificates that are revoked, by where that is written.',
    ['source'],
  ],
  dockgate_audit_lines_total: ['counter', 'Lines of the trail that were written.', []],
  dockgate_audit_bytes_total: ['counter', 'Bytes of the trail that were written.', []],
  dockgate_audit_failures_total: ['counter', 'Writes of the trail that failed.', []],
  dockgate_audit_lost_lines_total: ['counter', 'Lines of the trail that were lost.', []],
  dockgate_audit_writable: ['gauge', '1 while the trail can be written.', []],
  dockgate_policy_info: [
    'gauge',
    'Always 1; the policy in force, by the beginning of its SHA-256; none without one.',
    ['version'],
  ],
  dockgate_reloads_total: [
    'counter',
    'Times that files were read again, by what and result.',
    ['what', 'result'],
  ],
  dockgate_daemon_up: ['gauge', '1 while the daemon answers a ping.', []],
  dockgate_container_samples_total: [
    'counter',
    'Questions for statistics of containers, by result.',
    ['result'],
  ],
} as const satisfies Record<
  string,
  readonly ['counter' | 'gauge' | 'histogram', string, readonly string[]]
>;

export type SeriesName = keyof typeof SERIES;
