import type { ContainerFacts, ImageFacts, NetworkFacts, VolumeFacts } from './types.ts';

/** A part of the daemon's answer that is not what it should be: nothing may be decided on it. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}

type Fields = Readonly<Record<string, unknown>>;

const CONTAINER_ID = /^[0-9a-f]{64}$/;
const NETWORK_ID = /^(?:[0-9a-f]{64}|[0-9a-z]{25})$/;
const IMAGE_ID = /^[a-z0-9]+:[0-9a-f]{32,}$/;

/** GET /containers/ID/json (api/types InspectResponse). */
export function readContainer(text: string): ContainerFacts {
  const answer = parse(text);
  const config = objectIn(answer, 'Config');
  return {
    kind: 'container',
    id: matching(answer, 'Id', CONTAINER_ID),
    name: stringIn(answer, 'Name').replace(/^\//, ''),
    image: stringIn(config, 'Image'),
    imageId: stringIn(answer, 'Image'),
    labels: stringMapIn(config, 'Labels'),
  };
}

/** GET /exec/ID/json (api/types ExecInspect): the exec's id and its container's. */
export function readExec(text: string): { readonly id: string; readonly containerId: string } {
  const answer = parse(text);
  return {
    id: matching(answer, 'ID', CONTAINER_ID),
    containerId: matching(answer, 'ContainerID', CONTAINER_ID),
  };
}

/** GET /networks/ID (api/types/network Inspect). */
export function readNetwork(text: string): NetworkFacts {
  const answer = parse(text);
  return {
    kind: 'network',
    id: matching(answer, 'Id', NETWORK_ID),
    name: stringIn(answer, 'Name'),
    labels: stringMapIn(answer, 'Labels'),
  };
}

/** GET /images/NAME/json (api/types/image InspectResponse). */
export function readImage(text: string): ImageFacts {
  const answer = parse(text);
  const config = answer['Config'] == null ? {} : objectIn(answer, 'Config');
  return {
    kind: 'image',
    id: matching(answer, 'Id', IMAGE_ID),
    tags: stringsIn(answer, 'RepoTags'),
    digests: stringsIn(answer, 'RepoDigests'),
    user: config['User'] === undefined ? '' : stringIn(config, 'User'),
    env: stringsIn(config, 'Env'),
  };
}

/** GET /volumes/NAME (api/types/volume Volume). */
export function readVolume(text: string): VolumeFacts {
  const answer = parse(text);
  return {
    kind: 'volume',
    name: stringIn(answer, 'Name'),
    driver: stringIn(answer, 'Driver'),
    options: stringMapIn(answer, 'Options'),
    labels: stringMapIn(answer, 'Labels'),
  };
}

/** The daemon's own words for an error: `{"message":"…"}`. */
export function readMessage(text: string): string | undefined {
  try {
    return stringIn(parse(text), 'message');
  } catch {
    return undefined;
  }
}

function parse(text: string): Fields {
  let value: unknown;
  try {
    // The daemon wrote it, by Go's encoding/json: no key twice, no odd spelling.
    value = JSON.parse(text);
  } catch {
    throw new UnexpectedAnswer('it is no JSON');
  }
  return asObject(value, 'it');
}

function asObject(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new UnexpectedAnswer(`${what} is no object`);
}

function objectIn(fields: Fields, name: string): Fields {
  return asObject(fields[name], name);
}

function stringIn(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw new UnexpectedAnswer(`${name} is no string`);
}

function matching(fields: Fields, name: string, pattern: RegExp): string {
  const value = stringIn(fields, name);
  if (pattern.test(value)) return value;
  throw new UnexpectedAnswer(`${name} is no id`);
}

/** Go writes null for a nil slice or map. */
function stringsIn(fields: Fields, name: string): readonly string[] {
  const value = fields[name] ?? [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new UnexpectedAnswer(`${name} is no list of strings`);
}

function stringMapIn(fields: Fields, name: string): Readonly<Record<string, string>> {
  const entries = Object.entries(asObject(fields[name] ?? {}, name));
  const odd = entries.find(([, value]) => typeof value !== 'string');
  if (odd !== undefined) throw new UnexpectedAnswer(`${name} holds something else than strings`);
  // Without a prototype, a label called `__proto__` is a label like any other.
  return Object.assign(Object.create(null), Object.fromEntries(entries)) as Record<string, string>;
}
