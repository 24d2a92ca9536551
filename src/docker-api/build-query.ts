import { CallError } from '../errors.ts';
import { boolValue, int64OrZero, parseInt64 } from './form.ts';
import type { Query } from './query.ts';
import { isArray, isObject, isString, readJsonValue, type Json } from './json/value.ts';

/** A limit of `ulimits`. */
export interface BuildUlimit {
  readonly name: string;
  readonly soft: bigint;
  readonly hard: bigint;
}

/** An exporter of `outputs`: `{"Type":"image","Attrs":{"name":"…","push":"true"}}`. */
export interface BuildOutput {
  readonly type: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/**
 * The parameters of `POST /build` as newImageBuildOptions reads them (moby
 * daemon/server/router/build/build_routes.go). Text that is absent is empty, as it is to the daemon.
 *
 * Some parameters mean nothing below an API version (`platform` 1.32, `outputs` 1.40); they are given
 * here all the same, since to refuse what a daemon would ignore harms nobody.
 */
export interface BuildQuery {
  /** Tags of the image to be; they replace images of these names. */
  readonly tags: readonly string[];
  /** 1 is the classic builder, 2 is BuildKit. */
  readonly builder: 1 | 2;
  readonly dockerfile: string;
  /** Empty: the context is the body. Else a URL, a git repository, `client-session`, … */
  readonly remote: string;
  readonly target: string;
  /** `host`, `container:ID`, the name of a network, `none`, `default` or empty. */
  readonly networkMode: string;
  readonly cgroupParent: string;
  readonly isolation: string;
  readonly platform: string;
  /** A BuildKit session, over which secrets, files and keys come. */
  readonly session: string;
  /** `upload-request:ID` hands a context to somebody else's build. */
  readonly buildId: string;
  readonly extraHosts: readonly string[];
  readonly securityOptions: readonly string[];
  readonly cacheFrom: readonly string[];
  /** Names alone: the values are secrets often enough. */
  readonly buildArgNames: readonly string[];
  readonly labels: ReadonlyMap<string, string>;
  readonly ulimits: readonly BuildUlimit[];
  readonly outputs: readonly BuildOutput[];
  /** Bytes, and shares and µs of the scheduler; 0 is no limit, and what an odd number is read as. */
  readonly memory: bigint;
  readonly memorySwap: bigint;
  readonly shmSize: bigint;
  readonly cpuShares: bigint;
  readonly cpuPeriod: bigint;
  readonly cpuQuota: bigint;
  readonly cpusetCpus: string;
  readonly cpusetMems: string;
  readonly pull: boolean;
  readonly noCache: boolean;
  readonly squash: boolean;
  readonly quiet: boolean;
  /** Whether containers of the build go away after a success, and after a failure too. */
  readonly remove: boolean;
  readonly forceRemove: boolean;
  /** Parameters that no daemon known here reads. */
  readonly unknown: readonly string[];
}

/** Every parameter that a daemon reads. */
const KNOWN: ReadonlySet<string> = new Set(
  `buildargs buildid cachefrom cgroupparent cpuperiod cpuquota cpusetcpus cpusetmems cpushares
  dockerfile extrahosts forcerm isolation labels memory memswap networkmode nocache outputs platform
  pull q remote rm securityopt session shmsize squash t target ulimits version`
    .trim()
    .split(/\s+/),
);

/**
 * @throws CallError `REQUEST_AMBIGUOUS` for a parameter whose JSON the daemon might read with another
 * result, `REQUEST_MALFORMED` for one that the daemon answers with an error; both name it.
 */
export function readBuildQuery(query: Query): BuildQuery {
  const text = (key: string): string => query.first(key) ?? '';
  const forceRemove = boolValue(query, 'forcerm');
  return {
    tags: query.all('t').filter((tag) => tag !== ''),
    builder: builderOf(text('version')),
    dockerfile: text('dockerfile'),
    remote: text('remote'),
    target: text('target'),
    networkMode: text('networkmode'),
    cgroupParent: text('cgroupparent'),
    isolation: text('isolation'),
    platform: text('platform'),
    session: text('session'),
    buildId: text('buildid'),
    extraHosts: query.all('extrahosts'),
    securityOptions: query.all('securityopt'),
    cacheFrom: list(text('cachefrom'), 'cachefrom').map((item) => string(item, 'cachefrom')),
    buildArgNames: argumentNames(text('buildargs')),
    labels: strings(parsed(text('labels'), 'labels', new Map()), 'labels'),
    ulimits: list(text('ulimits'), 'ulimits').map(readUlimit),
    outputs: outputsOf(query),
    memory: int64OrZero(query, 'memory'),
    memorySwap: int64OrZero(query, 'memswap'),
    shmSize: shmSizeOf(text('shmsize')),
    cpuShares: int64OrZero(query, 'cpushares'),
    cpuPeriod: int64OrZero(query, 'cpuperiod'),
    cpuQuota: int64OrZero(query, 'cpuquota'),
    cpusetCpus: text('cpusetcpus'),
    cpusetMems: text('cpusetmems'),
    pull: boolValue(query, 'pull'),
    noCache: boolValue(query, 'nocache'),
    squash: boolValue(query, 'squash'),
    quiet: boolValue(query, 'q'),
    remove: forceRemove || text('rm') === '' || boolValue(query, 'rm'),
    forceRemove,
    unknown: query.names.filter((name) => !KNOWN.has(name)),
  };
}

/**
 * The names of images that exporters are told by an attribute of theirs, besides `t`: several are
 * separated by commas (buildkit exporter/containerimage).
 *
 * @throws CallError `REQUEST_AMBIGUOUS` as {@link readBuildQuery}.
 */
export function outputNames(query: Query): readonly string[] {
  return outputsOf(query)
    .flatMap(({ attributes }) => (attributes.get('name') ?? '').split(','))
    .filter((name) => name !== '');
}

function outputsOf(query: Query): readonly BuildOutput[] {
  return list(query.first('outputs') ?? '', 'outputs').map(readOutput);
}

function builderOf(version: string): 1 | 2 {
  if (version === '' || version === '1') return 1;
  if (version === '2') return 2;
  return malformed('version');
}

function shmSizeOf(text: string): bigint {
  return text === '' ? 0n : (parseInt64(text) ?? malformed('shmsize'));
}

/** A null argument is one that the client named and has no value for. */
function argumentNames(text: string): readonly string[] {
  const args = object(parsed(text, 'buildargs', new Map()), 'buildargs');
  for (const value of args.values()) if (value !== null) string(value, 'buildargs');
  return [...args.keys()];
}

function readUlimit(value: Json): BuildUlimit {
  const fields = struct(value, 'ulimits', ['name', 'soft', 'hard']);
  return {
    name: string(fields.get('name') ?? '', 'ulimits'),
    soft: integer(fields.get('soft'), 'ulimits'),
    hard: integer(fields.get('hard'), 'ulimits'),
  };
}

function readOutput(value: Json): BuildOutput {
  const fields = struct(value, 'outputs', ['type', 'attrs']);
  return {
    type: string(fields.get('type') ?? '', 'outputs'),
    attributes: strings(fields.get('attrs') ?? new Map<string, Json>(), 'outputs'),
  };
}

/**
 * The fields of a struct, by their names in lower case: Go takes any case for them, and a few letters
 * beyond ASCII too, which is refused with all that is not known.
 */
function struct(
  value: Json,
  parameter: string,
  known: readonly string[],
): ReadonlyMap<string, Json> {
  const fields = new Map<string, Json>();
  for (const [key, field] of object(value, parameter)) {
    const name = key.toLowerCase();
    if (!known.includes(name) || fields.has(name) || !/^[a-z]+$/i.test(key)) ambiguous(parameter);
    fields.set(name, field);
  }
  return fields;
}

function list(text: string, parameter: string): readonly Json[] {
  const value = parsed(text, parameter, []);
  return isArray(value) ? value : ambiguous(parameter);
}

/** @param absent what an empty parameter stands for, and a null, which is how Go writes a nil. */
function parsed(text: string, parameter: string, absent: Json): Json {
  if (text === '') return absent;
  const value = readJsonValue(text);
  if (value === undefined) ambiguous(parameter);
  return value ?? absent;
}

function object(value: Json, parameter: string): ReadonlyMap<string, Json> {
  return isObject(value) ? value : ambiguous(parameter);
}

function strings(value: Json, parameter: string): ReadonlyMap<string, string> {
  const entries = Array.from(
    object(value, parameter),
    ([key, item]) => [key, string(item, parameter)] as const,
  );
  return new Map(entries);
}

function string(value: Json, parameter: string): string {
  return isString(value) ? value : ambiguous(parameter);
}

function integer(value: Json | undefined, parameter: string): bigint {
  if (value === undefined) return 0n;
  const text = value !== null && typeof value === 'object' && 'number' in value ? value.number : '';
  return parseInt64(text) ?? ambiguous(parameter);
}

function ambiguous(parameter: string): never {
  const reason = `the parameter "${parameter}" is not JSON of the daemon's form, each key once`;
  throw new CallError('REQUEST_AMBIGUOUS', `refused: ${reason}`);
}

function malformed(parameter: string): never {
  throw new CallError('REQUEST_MALFORMED', `refused: "${parameter}" is none that a build takes`);
}
