import path from 'node:path';
import { mustRun } from '../../test/support/e2e/child.ts';

/** The built program. */
export const BUILT = path.join(import.meta.dirname, '..', '..', '..', 'main.js');

/** Runs a command of it that has to succeed. @returns what it printed. */
export function dockgate(...args: readonly string[]): Promise<string> {
  return mustRun(process.execPath, [BUILT, ...args]);
}
