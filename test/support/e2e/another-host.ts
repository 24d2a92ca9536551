import { cpSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Child } from './child.ts';

/** The repository that the tests belong to. */
export const REPOSITORY = resolve(import.meta.dirname, '../../..');

/** What a clone does not have: what is installed, built or made while running. */
const NOT_CLONED = /^(node_modules|dist|coverage|logs|\.git|certs\/(?!README|\.gitignore).+)$/;

/** Copies the working tree to `target`, as if cloned. */
export function cloneTo(target: string): void {
  const isCloned = (path: string): boolean => !NOT_CLONED.test(relative(REPOSITORY, path));
  cpSync(REPOSITORY, target, { recursive: true, filter: isCloned });
}

export interface AnotherHost {
  /** The daemon's socket, which is /var/run/docker.sock there. */
  readonly socket: string;
  /** A name that this machine has there. */
  readonly name: string;
}

/**
 * Runs a shell script on what looks like another host: /var/run/docker.sock and /etc/hosts are its
 * own, and whatever the script starts ends with it.
 */
export function runOn(
  { socket, name }: AnotherHost,
  script: string,
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Child {
  const unshare = ['--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];
  const setUp = ['bash', join(import.meta.dirname, 'on-another-host.sh'), socket, name];
  return new Child('unshare', [...unshare, ...setUp, 'bash', '-euc', script], options);
}
