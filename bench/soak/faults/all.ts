import { caRotated, clientRevoked, serverRenewed } from './certificates.ts';
import { clientsHalfOpen, clientsReset, clientsStopped, garbageSent } from './clients.ts';
import { daemonKilled, daemonRestarted } from './daemon.ts';
import { diskFilled } from './disk.ts';
import { policyReloaded, policySpoiled } from './policy.ts';
import type { Fault } from './scene.ts';

/** One after the other. The one that takes its time (`cut-off.ts`) happens beside them. */
export const FAULTS: readonly Fault[] = [
  ...[daemonKilled, daemonRestarted, serverRenewed, caRotated, clientRevoked, policyReloaded],
  ...[policySpoiled, diskFilled, clientsReset, clientsHalfOpen, clientsStopped, garbageSent],
];
