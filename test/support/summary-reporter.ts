import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, TestModule } from 'vitest/node';

/** What a reporter needs of an error, thrown in a test or outside of one. */
interface Failure {
  readonly message: string;
  readonly stacks?: readonly { readonly file: string; readonly line: number }[];
}

/**
 * Ends every run with one plain line, `N passed, N failed, N skipped`, for scripts and CI. Before it stands one line
 * for each failure, `FAILED file > suite > test: message`, so that the end of a long log says what failed.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly Failure[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    const failures = unhandled.map((error) => failedLine('outside of any test', [error]));
    for (const module of modules) {
      // A file that does not load, or a suite whose hook fails, has failed, although no test in it says so.
      for (const { name, errors } of hooksOf(module)) failures.push(failedLine(name, errors));
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        if (state === 'passed' || state === 'skipped') count[state] += 1;
        if (state === 'failed') {
          failures.push(failedLine(`${module.relativeModuleId} > ${test.fullName}`, errors));
        }
      }
    }
    count.failed = failures.length;
    const summary = `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`;
    process.stdout.write(`\n${[...failures, summary].join('\n')}\n`);
  }
}

/** The file and those of its suites in which something failed beside the tests. */
function hooksOf(module: TestModule): { name: string; errors: readonly Failure[] }[] {
  const file = module.relativeModuleId;
  const suites = [...module.children.allSuites()].map((suite) => ({
    name: `${file} > ${suite.fullName}`,
    errors: suite.errors(),
  }));
  return [{ name: file, errors: module.errors() }, ...suites].filter(
    (one) => one.errors.length > 0,
  );
}

/** One line, whatever is in the message: its first two lines, at most 300 characters, and where it was thrown. */
function failedLine(name: string, errors: readonly Failure[]): string {
  const [error] = errors;
  const said = stripVTControlCharacters(error?.message ?? 'no reason given').split('\n');
  const text = said
    .filter((line) => line.trim() !== '')
    .slice(0, 2)
    .join(' | ')
    .slice(0, 300);
  const at = error?.stacks?.[0];
  const where = at === undefined ? '' : ` (${relative(process.cwd(), at.file)}:${at.line})`;
  return `FAILED ${name.replaceAll('\n', ' ')}: ${text}${where}`;
}
