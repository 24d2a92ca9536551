import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** One line of an audit log. */
export type AuditLine = Readonly<Record<string, unknown>>;

/** Every line of an audit log; a line that is no JSON object is an error. */
export function readAuditLines(file: string): AuditLine[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as AuditLine);
}

/** Waits until the log has such a line: it follows the end of a call, which the client sees first. */
export async function untilAuditLine(
  file: string,
  matches: (line: AuditLine) => boolean,
  deadline = 30_000,
): Promise<AuditLine> {
  const start = performance.now();
  for (;;) {
    const found = readAuditLines(file).find(matches);
    if (found) return found;
    if (performance.now() - start > deadline) throw new Error(`no such line in ${file}`);
    await pause(10);
  }
}
