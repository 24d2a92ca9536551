import { readFileSync } from 'node:fs';

/** Which dockgate this is, as package.json says. */
export function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
