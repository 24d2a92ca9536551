import { auditCommand } from './audit/index.ts';
import { caCommand } from './ca/index.ts';
import { clientCommand } from './client/index.ts';
import { completionCommand } from './completion.ts';
import { doctorCommand } from './doctor.ts';
import { healthCommand } from './health.ts';
import { initCertsCommand } from './init-certs.ts';
import { manCommand } from './man.ts';
import { policyCommand } from './policy/index.ts';
import { programPage, type AnyCommand, type Page } from './reference/pages.ts';
import { serveCommand } from './serve.ts';
import { serverCommand } from './server/index.ts';
import { serviceCommand } from './service/index.ts';

export const SUMMARY = 'Mutual TLS, certificates and an audit trail in front of a Docker daemon.';

/** Every command, in the order of `--help`. */
export const COMMANDS: readonly AnyCommand[] = [
  serveCommand,
  initCertsCommand,
  auditCommand,
  policyCommand,
  clientCommand,
  serverCommand,
  caCommand,
  doctorCommand,
  healthCommand,
  serviceCommand,
  completionCommand(reference),
  manCommand(reference),
];

/** All of them as data. */
export function reference(): Page {
  return programPage(SUMMARY, COMMANDS);
}
