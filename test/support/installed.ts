import { existsSync } from 'node:fs';

/**
 * Whether a program that a test needs is there. Where not, the tests are skipped and say so; in CI, which installs
 * them, that is a failure.
 */
export function isInstalled(file: string, debianPackage: string): boolean {
  if (existsSync(file)) return true;
  const message = `${file} is missing (Debian: ${debianPackage})`;
  if (process.env['CI'] === 'true') throw new Error(message);
  console.warn(`skipped: ${message}`);
  return false;
}
