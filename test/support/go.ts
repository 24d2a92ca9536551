import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Says why Go cannot be asked, loudly; undefined where it can. Under `CI=true` it has to be there.
 *
 * @param question what is not asked then: `what it decodes`.
 * @throws Error under `CI=true` where it is not.
 */
export function goIsMissing(question: string): string | undefined {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    const reason = `Go is not asked ${question}, since there is no \`go\` command (Debian: golang)`;
    if (process.env['CI'] === 'true') throw new Error(reason);
    console.warn(`skipped: ${reason}`);
    return reason;
  }
}

/**
 * Compiles a program of test/support without modules, from the standard library alone.
 *
 * @param name its folder, and the name of the program.
 * @returns the path of the program.
 */
export async function buildGo(name: string): Promise<string> {
  const source = new URL(name, import.meta.url).pathname;
  const binary = join(mkdtempSync(join(tmpdir(), `dockgate-${name}-`)), name);
  const env = { ...process.env, GO111MODULE: 'off', GOFLAGS: '', CGO_ENABLED: '0' };
  await promisify(execFile)('go', ['build', '-o', binary, '.'], { cwd: source, env });
  return binary;
}
