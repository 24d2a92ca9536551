/** `ca.pem` is in many places: the gate's own, and a copy for every user. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CERTIFICATE_MODE } from '../files.ts';
import { CLIENT_FILE, type Layout } from '../layout.ts';
import { lstatIfPresent } from '../read-files.ts';
import type { Change } from '../store/transaction.ts';

/** The same bundle for the gate and in the directory of every user who has one. */
export async function bundleChanges(layout: Layout, bundle: string): Promise<readonly Change[]> {
  const users = await readdir(layout.clients, { withFileTypes: true }).catch(() => []);
  const homes = users.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  const changes: Change[] = [{ path: 'ca.pem', data: bundle, mode: CERTIFICATE_MODE }];
  for (const { name } of homes) {
    const path = join('clients', name, CLIENT_FILE.ca);
    if ((await lstatIfPresent(join(layout.dir, path))) === undefined) continue;
    changes.push({ path, data: bundle, mode: CERTIFICATE_MODE });
  }
  return changes;
}
