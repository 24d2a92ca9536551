import { isBefore } from '../../docker-api/version.ts';
import { checkListed, feature, inConstraints, keysListed, quoted } from './common.ts';
import { checkHostPath } from './host-path.ts';
import { checkImage } from './images.ts';
import { each, fields, free, isZero, never, report, type At, type Check } from './inspection.ts';
import type { MountView } from './views.ts';
import { checkExistingVolume, volumeOptions } from './volumes.ts';

/** `source:target:mode` (moby daemon/volume/mounts/linux_parser.go ParseMountRaw). */
export const binds: Check<readonly string[]> = each(checkBind);

function checkBind(raw: string, at: At): void {
  const parts = raw.split(':');
  const [source = '', , mode = ''] = parts;
  if (parts.length === 1) return;
  if (parts.length > 3 || source === '') {
    report(at, `${quoted(raw)} is no "source:target:mode"`, 'a bind of that form');
    return;
  }
  const tokens = mode.split(',');
  checkMode(tokens, at);
  if (source.startsWith('/')) checkHostPath(source, isReadOnly(tokens.includes('ro'), at), at);
  else checkVolumeName(source, at);
}

const PROPAGATIONS: ReadonlySet<string> = new Set(['shared', 'rshared', 'slave', 'rslave']);
const PLAIN_MODES: ReadonlySet<string> = new Set([
  '',
  'rw',
  'ro',
  'private',
  'rprivate',
  'nocopy',
  'consistent',
  'cached',
  'delegated',
]);

function checkMode(tokens: readonly string[], at: At): void {
  for (const token of tokens) {
    if (PLAIN_MODES.has(token)) continue;
    if (PROPAGATIONS.has(token)) feature('propagation')(token, at);
    else if (token === 'z' || token === 'Z') feature('relabel')(token, at);
    else report(at, `the mode ${quoted(token)} is not known`, 'a mode as "ro"');
  }
}

/**
 * Below API 1.44 submounts of a read-only bind can be written to. A call without a version has the
 * daemon's own, which may be any.
 */
function isReadOnly(isAsked: boolean, { on }: At): boolean {
  const isWhole = on.version !== undefined && !isBefore(on.version, 1, 44);
  return isAsked && (isWhole || on.constraints.hasFeature('submounts'));
}

/** What a daemon takes for the name of a volume (moby volume/local RestrictedNamePattern). */
const VOLUME_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]+$/;

function checkVolumeName(name: string, at: At): void {
  if (!VOLUME_NAME.test(name)) {
    report(at, `${quoted(name)} is neither a path of the host nor a volume`, 'one of the two');
    return;
  }
  checkListed('volumes', name, at);
  checkExistingVolume(name, at);
}

const mountFields = fields<MountView>({
  Type: free,
  Source: free,
  Target: free,
  ReadOnly: free,
  Consistency: free,
  BindOptions: fields<NonNullable<MountView['BindOptions']>>({
    Propagation: (value, at) => {
      checkMode([value], at);
    },
    NonRecursive: feature('submounts'),
    CreateMountpoint: feature('create-mountpoint'),
    ReadOnlyNonRecursive: feature('submounts'),
    ReadOnlyForceRecursive: free,
  }),
  VolumeOptions: fields<NonNullable<MountView['VolumeOptions']>>({
    NoCopy: free,
    Labels: keysListed('labels'),
    Subpath: free,
    DriverConfig: fields<NonNullable<NonNullable<MountView['VolumeOptions']>['DriverConfig']>>({
      Name: (name, at) => {
        if (name !== '') checkListed('volume-drivers', name, at);
      },
      Options: volumeOptions,
    }),
  }),
  ImageOptions: fields<NonNullable<MountView['ImageOptions']>>({ Subpath: free }),
  TmpfsOptions: fields<NonNullable<MountView['TmpfsOptions']>>({
    SizeBytes: free,
    Mode: free,
    Options: each((words: readonly string[], at) => {
      checkTmpfsOptions(words, at);
    }),
  }),
  ClusterOptions: never,
});

/** HostConfig.Mounts, and those of a service. */
export const mounts: Check<readonly MountView[]> = each((mount: MountView, at) => {
  mountFields(mount, at);
  const source = mount.Source ?? '';
  const here = { path: `${at.path}.Source`, on: at.on };
  switch (mount.Type) {
    case 'bind':
      checkHostPath(source, isReadOnly(mount.ReadOnly === true, at), here);
      break;
    case 'volume':
      if (source !== '') checkVolumeName(source, here);
      break;
    case 'tmpfs':
      break;
    case 'image':
      checkImage(source, here);
      break;
    default:
      report(at, `a mount of type ${quoted(mount.Type ?? '')}`, 'bind, volume, tmpfs or image');
  }
});

/** HostConfig.Tmpfs: target → options, separated by commas. */
export const tmpfs: Check<Readonly<Record<string, string>>> = (map, { path, on }) => {
  for (const [target, options] of Object.entries(map)) {
    checkTmpfsOptions(options.split(','), { path: `${path}[${quoted(target)}]`, on });
  }
};

const PLAIN_TMPFS =
  /^(?:|rw|ro|exec|noexec|nosuid|nodev|sync|async|noatime|relatime|r?private|(?:size|mode|uid|gid|nr_inodes|nr_blocks)=[0-9a-z%]+)$/;

function checkTmpfsOptions(words: readonly string[], at: At): void {
  for (const word of words) {
    if (PLAIN_TMPFS.test(word) || at.on.constraints.hasFeature('tmpfs-options')) continue;
    report(at, `the option ${quoted(word)}`, inConstraints('features', 'tmpfs-options'));
  }
}

/** HostConfig.VolumeDriver: for the named volumes of Binds that are not there yet. */
export const volumeDriver: Check<string> = (name, at) => {
  if (!isZero(name)) checkListed('volume-drivers', name, at);
};
