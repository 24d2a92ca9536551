/** `dockgate service uninstall`: the gate is no service any more; certificates, trail and settings stay. */
import path from 'node:path';
import type { Argv, ArgumentsCamelCase } from 'yargs';
import { lookAtHost } from '../../service/host.ts';
import { planUninstall } from '../../service/install.ts';
import { placesBelow } from '../../service/places.ts';
import { requireSingle } from '../pki-options.ts';
import { follow, PLAN_OPTIONS, type PlanArguments } from './plan.ts';

export function builder(yargs: Argv): Argv<PlanArguments> {
  return yargs
    .options(PLAN_OPTIONS)
    .example('sudo $0 service uninstall', 'calls in flight may finish first')
    .example('$0 service uninstall --dry-run', 'what it would remove and run');
}

export function handler(argv: ArgumentsCamelCase<PlanArguments>): void {
  requireSingle(argv);
  const places = placesBelow(path.resolve(argv.root));
  const host = lookAtHost({ dockerSocket: undefined, places, programs: [] });
  follow(planUninstall(host, places), argv);
}
