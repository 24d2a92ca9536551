import type { RotationStatus } from '../../pki/rotation/status.ts';

/** How a rotation stands and what comes next, for people. */
export function rotationLines(status: RotationStatus): readonly string[] {
  const { server, notMoved, leftBehind, vouched } = status;
  return [
    notMoved.length === 0
      ? 'every user has a certificate from the new CA'
      : `not moved yet: ${notMoved.join(', ')} (dockgate client renew NAME, then hand it over)`,
    ...leftBehind.map(
      ({ user, serial, supersededAt, notAfter }) =>
        `${user} still has ${serial} from the old CA, until ${supersededAt ?? notAfter}`,
    ),
    ...(server === 'previous' ? [serverLine(notMoved.length > 0, vouched)] : []),
    ...(server === 'previous' || notMoved.length > 0
      ? []
      : ['to end it, once everybody uses what they were given: dockgate ca rotate --drop-old']),
  ];
}

function serverLine(waits: boolean, vouched: boolean): string {
  const state = 'the server still shows its certificate from the old CA';
  if (!waits) return `${state}; to switch it: dockgate ca rotate`;
  return vouched
    ? `${state}; it switches when all have moved, or now with --switch-server: the old CA vouches for the new one`
    : `${state}; it switches when all have moved: the old CA cannot vouch for the new one (path length)`;
}
