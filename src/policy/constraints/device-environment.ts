import type { TargetFacts } from '../types.ts';
import { inConstraints, quoted } from './common.ts';
import { each, report, type At, type Check } from './inspection.ts';

/**
 * Variables by which the NVIDIA runtime hands out devices (nvidia-container-toolkit
 * internal/config/image): its own, those of a swarm's resources, and `CUDA_VERSION`, with which an
 * image that says nothing else gets all of them.
 */
const ASKS = /^(?:NVIDIA_.*|DOCKER_RESOURCE_.*|CUDA_VERSION)$/is;

const SWITCH = 'NVIDIA_VISIBLE_DEVICES';
/** With one of these the runtime does nothing, whatever its other variables say. */
const NONE: ReadonlySet<string> = new Set([`${SWITCH}=void`, `${SWITCH}=`]);

/** True for the name of a variable that asks for devices. */
export function asksForDevices(name: string): boolean {
  return ASKS.test(name);
}

/** Whether the NVIDIA runtime may hand out devices. */
export function mayHaveDevices({ on }: At): boolean {
  return on.constraints.permits('device-drivers', 'nvidia');
}

/** The environment that a call itself brings. */
export const environment: Check<readonly string[]> = each((variable: string, at) => {
  const name = nameOf(variable);
  if (!asksForDevices(name) || NONE.has(variable) || mayHaveDevices(at)) return;
  // Never the value.
  report(at, `the variable ${quoted(name)} asks for devices`, PERMISSION);
});

/**
 * The environment that an image brings to a container. The daemon answers for an image that is not there.
 *
 * @param own environment of the call, which is judged by itself and wins over the image's.
 */
export function checkImageEnvironment(
  image: TargetFacts | undefined,
  own: readonly string[],
  at: At,
): void {
  if (mayHaveDevices(at)) return;
  if (image === undefined) {
    report(at, 'which environment the image brings cannot be seen', 'an answer of the daemon');
    return;
  }
  const asking = (image.env ?? []).find((_, index, env) => isInForce(env, index, own));
  if (asking === undefined) return;
  const what = `the image asks for devices by its variable ${quoted(nameOf(asking))}`;
  report(at, what, `${PERMISSION}, or "${SWITCH}=void" in the environment of the call`);
}

const PERMISSION = inConstraints('device-drivers', 'nvidia');

/** Whether a variable of an image asks for devices, and nothing says that none are wanted. */
function isInForce(env: readonly string[], index: number, own: readonly string[]): boolean {
  const variable = String(env[index]);
  const name = nameOf(variable);
  if (!asksForDevices(name)) return false;
  // What a swarm gives is not for that switch to take.
  if (/^DOCKER_/i.test(name)) return true;
  if (own.some((one) => NONE.has(one))) return false;
  const switches = env.filter((one) => nameOf(one) === SWITCH);
  return switches.length === 0 || !switches.every((one) => NONE.has(one));
}

function nameOf(variable: string): string {
  return variable.replace(/=.*$/s, '');
}
