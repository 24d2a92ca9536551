import type { Random } from './random.ts';
import { keyText } from './tokens.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Choices = Readonly<Record<string, readonly Json[]>>;

/** Values that a daemon takes at a create, none of which has to exist or to fit this machine. */
const HOST_CONFIG: Choices = {
  Privileged: [true, false, null],
  Binds: [['/tmp:/bound'], ['/:/host:ro', '/tmp:/x'], [], null],
  CapAdd: [['SYS_ADMIN'], ['NET_ADMIN', 'SYS_PTRACE'], [], null, 'SYSLOG'],
  CapDrop: [['MKNOD'], null],
  NetworkMode: ['none', 'host', null],
  PidMode: ['host', '', null],
  IpcMode: ['host', 'private', 'none'],
  UTSMode: ['host', ''],
  UsernsMode: ['host', ''],
  CgroupParent: ['/elsewhere', ''],
  SecurityOpt: [['label=disable'], ['no-new-privileges'], ['seccomp=unconfined'], null],
  Devices: [[{ PathOnHost: '/dev/null', PathInContainer: '/dev/x', CgroupPermissions: 'rwm' }], []],
  DeviceCgroupRules: [['c 1:3 rwm'], []],
  GroupAdd: [['0', 'disk'], []],
  ReadonlyRootfs: [true, false],
  AutoRemove: [false, null],
  OomScoreAdj: [-500, 0, 1000],
  ExtraHosts: [['db:192.0.2.1'], []],
  Dns: [['192.0.2.53'], []],
  MaskedPaths: [[], ['/proc/kcore'], null],
  ReadonlyPaths: [[], ['/proc/sys'], null],
  RestartPolicy: [{ Name: 'always' }, { Name: 'on-failure', MaximumRetryCount: 3 }, null],
  Tmpfs: [{ '/run': 'size=1m', '/RUN': 'exec' }, {}],
  LogConfig: [{ Type: 'json-file', Config: { 'max-size': '1m' } }, { Type: 'none' }],
  Mounts: [
    [
      {
        Type: 'bind',
        Source: '/',
        Target: '/root-of-host',
        BindOptions: { Propagation: 'rslave' },
      },
    ],
    [{ Type: 'tmpfs', Target: '/scratch', TmpfsOptions: { SizeBytes: 4096, Mode: 511 } }, null],
  ],
  PortBindings: [{ '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] }, {}],
  Runtime: ['runc', ''],
  Unheard: [{ Of: 1 }],
};

const CONFIG: Choices = {
  Env: [['A=1', 'a=2', 'B=é"\\'], []],
  Cmd: [['sleep', '1'], 'true', null],
  Entrypoint: [['/bin/sh', '-c'], null],
  Labels: [{ A: '1', a: '2', 'org.example/x': 'y', ['__proto__']: 'p' }, {}],
  User: ['0:0', 'nobody', ''],
  WorkingDir: ['/tmp', ''],
  Tty: [true, false],
  OpenStdin: [true, null],
  StopTimeout: [5, null],
  Volumes: [{ '/anonymous': {} }, {}],
  Hostname: ['h', null],
};

/** Below these fields the keys are those of maps: no other case means the same. */
const MAPS = new Set(['Labels', 'Tmpfs', 'Config', 'PortBindings', 'Volumes']);

/** The body of a create that a daemon takes as a rule, spelt in any way; now and then odd. */
export function writeCreate(image: string, random: Random): Buffer {
  const some = (choices: Choices, count: number) =>
    random
      .some(Object.entries(choices), count)
      .map(([name, values]) => [name, random.pick(values)]);
  const hostConfig = Object.fromEntries(some(HOST_CONFIG, random.below(7))) as Json;
  const fields = Object.fromEntries(some(CONFIG, random.below(5))) as Record<string, Json>;
  const text = spell({ Image: image, ...fields, HostConfig: hostConfig }, random, false);
  if (random.chance(0.9)) return Buffer.from(text);
  return Buffer.from(
    random.pick([
      text.replace(/\}$/, ',"HostConfig":{"Privileged":true}}'),
      text.replace(/^\{/, '{"ho\u017ftconfig":{"Privileged":true},'),
      text.replace(/^\{/, '{"Privileged":true,'),
      `${text} }`,
    ]),
  );
}

function spell(value: Json, random: Random, isMap: boolean): string {
  if (typeof value === 'string') return keyText(value, random);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) {
    return `[${value.map((item: Json) => spell(item, random, false)).join(random.pick([',', ' , ']))}]`;
  }
  const members = random.some(Object.entries(value), Infinity).map(([key, member]) => {
    const spelling = isMap || random.chance(0.7) ? key : anyCase(key, random);
    return `${keyText(spelling, random)}:${spell(member, random, MAPS.has(key))}`;
  });
  return `{${members.join(random.pick([',', ',\n ']))}}`;
}

function anyCase(name: string, random: Random): string {
  return name.replace(/[a-z]/gi, (letter) =>
    random.chance(0.5) ? letter.toUpperCase() : letter.toLowerCase(),
  );
}
