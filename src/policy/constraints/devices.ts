import { inConstraints, quoted } from './common.ts';
import { cleanPath } from './host-path.ts';
import { report, type Check } from './inspection.ts';

/**
 * A device of the host, or a name of CDI, which is none of those. A directory stands for all that
 * is in it, so only exact paths are allowed, over symbolic links too.
 */
export const checkHostDevice: Check<string> = (source, at) => {
  const { devices } = at.on.constraints;
  const clean = cleanPath(source);
  const needed = inConstraints('devices', clean ?? '/dev/NAME');
  const real = clean === undefined ? undefined : at.on.resolveHostPath(clean);
  if (real !== undefined && devices.some((path) => at.on.resolveHostPath(path) === real)) return;
  report(at, `the device ${quoted(source)} is not allowed`, needed);
};
