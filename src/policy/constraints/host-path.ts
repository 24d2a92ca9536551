import { inConstraints, quoted } from './common.ts';
import { report, type At } from './inspection.ts';

/**
 * Checks that a path of the host, and what it leads to over symbolic links, is in a directory that
 * the role may use. A path that cannot be seen is refused. (What is swapped between this look and
 * the daemon's mount is not seen: who writes to a directory can do that, so grant directories that
 * containers write to only with care; docs/policy.md.)
 */
export function checkHostPath(source: string, isReadOnly: boolean, at: At): void {
  const { constraints, resolveHostPath } = at.on;
  const clean = cleanPath(source);
  const needed = inConstraints('host-paths', clean ?? '/PATH');
  if (clean === undefined) {
    report(at, `${quoted(source)} is no plain path of the host`, needed);
    return;
  }
  const real = resolveHostPath(clean);
  if (real === undefined) {
    const how = 'a gate that sees the files of the daemon’s host';
    report(at, `the path ${quoted(clean)} of the host cannot be seen from here`, how);
    return;
  }
  const granted = constraints.hostPaths.filter((entry) => {
    const root = resolveHostPath(entry.path);
    return root !== undefined && isWithin(root, real);
  });
  if (granted.length === 0) {
    const target = real === clean ? '' : `, which leads to ${quoted(real)},`;
    report(at, `the path ${quoted(clean)} of the host${target} is not allowed`, needed);
  } else if (!isReadOnly && granted.every((entry) => entry.readOnly)) {
    report(at, `the path ${quoted(clean)} of the host may be read only`, 'a mount with ":ro"');
  }
}

/**
 * Go's path.Clean for absolute paths. A backslash becomes a slash in some daemons and a control
 * character is nobody's habit: undefined.
 */
export function cleanPath(path: string): string | undefined {
  // eslint-disable-next-line no-control-regex -- these are meant
  if (!path.startsWith('/') || /[\\\x00-\x1f\x7f]/.test(path)) return undefined;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Whether a path is a directory or lies in it. Both are clean. */
export function isWithin(directory: string, path: string): boolean {
  return directory === '/' || path === directory || path.startsWith(`${directory}/`);
}
