import { inConstraints, quoted, shortened } from './common.ts';
import { checkHostPath } from './host-path.ts';
import { fields, report, never, type At, type Check } from './inspection.ts';
import { checkListed, keysListed, listed } from './common.ts';
import type { BodyView } from '../../docker-api/body/bodies.ts';

/**
 * Options of a volume. Those of the driver `local` are the arguments of a mount(2) by root, so each
 * has to be allowed, but for a plain bind of a path of the host, which is judged as one.
 */
export const volumeOptions: Check<Readonly<Record<string, string>>> = (options, at) => {
  if (isPlainBind(options)) {
    checkHostPath(String(options['device']), isReadOnly(options, at), at);
    return;
  }
  for (const [name, value] of Object.entries(options)) {
    // A quota takes nothing that a container does not have without it.
    if (name === 'size') continue;
    const option = `${name}=${value}`;
    if (at.on.constraints.permits('volume-options', option)) continue;
    // The value may be a password.
    const needed = inConstraints('volume-options', `${shortened(name)}=…`);
    report(at, `the option ${quoted(name)} of a volume is not allowed so`, needed);
  }
};

const BIND_WORDS: ReadonlySet<string> = new Set(['bind', 'rbind', 'rw', 'ro']);

function isPlainBind(options: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(options);
  const words = (options['o'] ?? '').split(',');
  return (
    names.every((name) => ['type', 'o', 'device'].includes(name)) &&
    ['none', ''].includes(options['type'] ?? 'none') &&
    words.every((word) => BIND_WORDS.has(word)) &&
    words.some((word) => word.endsWith('bind')) &&
    options['device']?.startsWith('/') === true
  );
}

/** Of words that contradict each other the last counts; a recursive bind leaves what is below writable. */
function isReadOnly(options: Readonly<Record<string, string>>, { on }: At): boolean {
  const words = String(options['o']).split(',');
  const isWhole = !words.includes('rbind') || on.constraints.hasFeature('submounts');
  return words.includes('ro') && !words.includes('rw') && isWhole;
}

/**
 * A volume that is there already is what it was made as, whatever the call says of it: creating
 * it anew does nothing. One that is not there yet is made plain.
 */
export function checkExistingVolume(name: string, at: At): void {
  const facts = at.on.factsOf({ kind: 'volume', ref: name });
  if (facts === undefined) {
    report(at, `what the volume ${quoted(name)} is cannot be seen`, 'an answer of the daemon');
    return;
  }
  if (facts.missing === true) return;
  listed('volume-drivers')(facts.driver ?? '', at);
  volumeOptions(facts.options ?? {}, at);
}

export const volumeCreate = fields<BodyView<'volume.create'>>({
  Name: (name, at) => {
    if (name !== '') checkListed('volumes', name, at);
  },
  Driver: listed('volume-drivers'),
  DriverOpts: volumeOptions,
  Labels: keysListed('labels'),
  ClusterVolumeSpec: never,
});
