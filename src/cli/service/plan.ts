/** How `service install` and `service uninstall` carry out what they plan, or only show it. */
import { carryOut } from '../../service/carry-out.ts';
import { stepText, type Plan, type Step } from '../../service/step.ts';
import { note, print, printJson } from '../terminal.ts';

export const PLAN_OPTIONS = {
  'dry-run': {
    type: 'boolean',
    default: false,
    describe: 'Change nothing; print the files and commands',
  },
  root: {
    type: 'string',
    default: '/',
    requiresArg: true,
    describe: 'Directory of a host that is being put together (an image); nothing is started',
  },
  json: { type: 'boolean', default: false, describe: 'Print the steps as JSON' },
} as const;

export interface PlanArguments {
  'dry-run': boolean;
  root: string;
  json: boolean;
}

/** @throws CommandError where a step fails; those before it stay. */
export function follow(plan: Plan, argv: { dryRun: boolean; json: boolean }): void {
  const { steps, notes } = plan;
  if (argv.dryRun) {
    if (argv.json) printJson({ dryRun: true, steps, notes });
    else print(steps.map(stepText).join('\n\n'));
    return;
  }
  const taken = steps.map((step) => {
    const result = carryOut(step);
    if (!argv.json) print(`${result}: ${shortText(step)}`);
    return { ...step, result };
  });
  if (argv.json) printJson({ dryRun: false, steps: taken, notes });
  else for (const text of notes) note(text);
}

const shortText = (step: Step): string => (step.do === 'run' ? step.command.join(' ') : step.path);
