/** What is done to a host, one step at a time: shown by `--dry-run`, carried out otherwise. */
export type Step =
  | {
      readonly do: 'write';
      readonly path: string;
      /** Permissions of the file. */
      readonly mode: number;
      readonly text: string;
    }
  | { readonly do: 'remove'; readonly path: string }
  | {
      readonly do: 'run';
      readonly command: readonly [string, ...string[]];
      /** Whether it may fail: what it undoes may not be there. */
      readonly mayFail?: boolean;
    };

/** Steps, and what a person has to know besides. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
}

/** The step as text: what is written whole, and what is run as one would type it. */
export function stepText(step: Step): string {
  if (step.do === 'remove') return `# remove ${step.path}`;
  if (step.do === 'run') return `# run\n${step.command.map(shellWord).join(' ')}`;
  return `# write ${step.path} (mode ${step.mode.toString(8).padStart(4, '0')})\n${step.text.trimEnd()}`;
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
