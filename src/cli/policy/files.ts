import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CommandError, systemCode } from '../../errors.ts';
import { parsePolicy } from '../../policy/parse.ts';
import type { OpenPolicy } from '../../policy/policy.ts';
import type { PolicyProblem } from '../../policy/types.ts';

/**
 * @param what what the file should be, for the message.
 * @throws CommandError `FILE_UNREADABLE`.
 */
export function readBytes(file: string, what: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CommandError(
      'FILE_UNREADABLE',
      `${what} ${file} cannot be read: ${systemCode(error)}`,
      'check the path and its permissions',
      { cause: error },
    );
  }
}

/** A policy from a file, or all that is wrong with it. @throws CommandError `FILE_UNREADABLE`. */
export function readPolicy(file: string): ReturnType<typeof parsePolicy> {
  return parsePolicy(readBytes(file, 'the policy'), path.basename(file));
}

/** @throws CommandError `FILE_UNREADABLE`, or `CONFIG_INVALID` with every problem. */
export function loadPolicy(file: string): OpenPolicy {
  const parsed = readPolicy(file);
  if (parsed.ok) return parsed.policy;
  throw invalidPolicy(file, parsed.problems);
}

export function invalidPolicy(file: string, problems: readonly PolicyProblem[]): CommandError {
  const lines = problems.map((problem) => problemLine(file, problem));
  return new CommandError(
    'CONFIG_INVALID',
    `not a policy: ${lines.join('; ')}`,
    'docs/policy.md explains every name',
  );
}

/** `policy.yaml:3:5: …`, which editors can follow. */
export function problemLine(file: string, { line, column, message }: PolicyProblem): string {
  return `${file}:${line}:${column}: ${message}`;
}
