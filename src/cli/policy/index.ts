import type { CommandGroup } from '../command.ts';

/** `dockgate policy`: try a policy before it bites. */
export const policyCommand: CommandGroup = {
  command: 'policy <command>',
  describe: 'Check, explain, learn and compare policies',
  commands: [
    {
      command: 'check <file>',
      describe: 'Read a policy; say what never applies, and what amounts to root',
      load: () => import('./check.ts'),
    },
    {
      command: 'explain <call>',
      describe: 'Say what a policy makes of a call, and what would be needed',
      load: () => import('./explain.ts'),
    },
    {
      command: 'learn',
      describe: 'Write the smallest policy that would have allowed what a trail tells of',
      load: () => import('./learn.ts'),
    },
    {
      command: 'diff <old> <new>',
      describe: 'What each user gains and loses from one policy to another',
      load: () => import('./diff.ts'),
    },
  ],
};
