import { keyText } from '../body/tokens.ts';
import type { Random } from '../body/random.ts';
import type { Fields } from './powers.ts';

/** A request to create a container, with all that a client could say in another way. */
export interface CreateRequest {
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** Whether the body goes in chunks. */
  readonly isChunked: boolean;
}

const MAPS = new Set(['Labels', 'Config', 'Options', 'Sysctls']);

/**
 * Spells a create in one of countless ways: letter case, escapes, folding letters, fields given
 * twice, encodings, other paths, other framings.
 *
 * @param hostConfig what is asked for.
 * @param cover a HostConfig that asks for nothing, to be laid over the other.
 */
export function spellCreate(
  image: string,
  hostConfig: Fields,
  cover: Fields,
  random: Random,
): CreateRequest {
  const config: Fields = { Image: image, Labels: { a: '1' }, Env: ['A=é'] };
  const text = random.chance(0.75)
    ? spell({ ...config, HostConfig: hostConfig }, random, false)
    : twisted(config, hostConfig, cover, random);
  const type = random.chance(0.92) ? 'application/json' : random.pick(TYPES);
  const headers: [string, string][] = [['Content-Type', type]];
  if (random.chance(0.02)) headers.push(['Content-Encoding', 'gzip']);
  if (random.chance(0.02)) headers.push(['Content-Type', 'text/plain']);
  return {
    target: random.chance(0.85) ? '/containers/create' : random.pick(TARGETS),
    headers,
    body: random.chance(0.95) ? Buffer.from(text) : random.pick(ENCODINGS)(text),
    isChunked: random.chance(0.2),
  };
}

const TYPES = [
  'APPLICATION/JSON',
  'application/json; charset=utf-16',
  'application/json;x="',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  '',
];

const TARGETS = [
  '/v1.41/containers/create',
  '/v1.41/containers/create?platform=',
  '/v1.40/containers/create?name=',
  '/v1.24/containers/create',
  '/%63ontainers/creat%65',
  '/v1.41/%63ontainers/create',
  '//containers/create',
  '/./containers/create',
  '/v1.41/../containers/create',
  '/v1..41/containers/create',
  '/v01.41/containers/create',
  '/containers/create/',
  '/containers%2Fcreate',
  '/containers/create?name=a%00b',
  '/containers/create#x',
  '/CONTAINERS/create',
];

const ENCODINGS: readonly ((text: string) => Buffer)[] = [
  (text) => Buffer.from(`\ufeff${text}`),
  (text) => Buffer.from(text, 'utf16le'),
  (text) => Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, 'utf16le').swap16()]),
  (text) => Buffer.from(text, 'latin1'),
  (text) => Buffer.from(`${text} }garbage`),
  (text) => Buffer.from(`${text}{"HostConfig":{}}`),
  (text) => Buffer.from(` \n\t${text}\r\n`),
  (text) => Buffer.from(text.replaceAll('/', '\\/')),
];

/** The field twice, in part, in another place, or under a name that is nearly its own. */
function twisted(config: Fields, host: Fields, cover: Fields, random: Random): string {
  const start = spell(config, random, false).slice(0, -1);
  const [bad, good] = [spell(host, random, false), spell(cover, random, false)];
  const key = (name: string) => keyText(random.chance(0.5) ? name : anyCase(name, random), random);
  const hostConfig = key('HostConfig');
  return random.pick([
    `${start},${hostConfig}:${bad},${key('HostConfig')}:${good}}`,
    `${start},${hostConfig}:${good},${key('HostConfig')}:${bad}}`,
    `${start},${hostConfig}:${bad},${key('HostConfig')}:null}`,
    `${start},${hostConfig}:{${inner(good, bad)}}}`,
    `${start},${hostConfig}:{${inner(bad, good)}}}`,
    `${start},${inner(bad)}}`,
    `${start},${inner(bad)},${hostConfig}:${good}}`,
    `${start},"Ho\u017ftConfig":${bad}}`,
    `${start},"ho\\u017ftconfig":${bad},"HostConfig":${good}}`,
    `${start},"Host_Config":${bad}}`,
    `${start},"HostConfig ":${bad},"HostConfig":${good}}`,
    `${start},"Config":{"HostConfig":${bad}}}`,
    `${start},"__proto__":{"HostConfig":${bad}},"HostConfig":${good}}`,
    `${start},${hostConfig}:[${bad}]}`,
    `${start},${hostConfig}:${JSON.stringify(bad)}}`,
    `[${start},${hostConfig}:${bad}}]`,
    `${start},/* */${hostConfig}:${bad}}`,
    `${start},${hostConfig}:${bad},}`,
  ]);
}

/** The members of objects, without their braces. */
function inner(...objects: readonly string[]): string {
  return objects
    .map((text) => text.slice(1, -1))
    .filter((text) => text !== '')
    .join();
}

function spell(value: unknown, random: Random, isMap: boolean): string {
  if (typeof value === 'string') return keyText(value, random);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) {
    return `[${value.map((item: unknown) => spell(item, random, false)).join()}]`;
  }
  const members = random.some(Object.entries(value), Infinity).map(([key, member]) => {
    const name = isMap || random.chance(0.6) ? key : anyCase(key, random);
    const folded = !isMap && random.chance(0.03) ? name.replace(/[sk]/i, foldedLetter) : name;
    return `${keyText(folded, random)}:${spell(member, random, MAPS.has(key))}`;
  });
  return `{${members.join(random.pick([',', ' ,\n']))}}`;
}

/** Letters that encoding/json folds into ASCII ones. */
function foldedLetter(letter: string): string {
  return letter.toLowerCase() === 's' ? '\u017f' : '\u212a';
}

function anyCase(name: string, random: Random): string {
  return name.replace(/[a-z]/gi, (letter) =>
    random.chance(0.5) ? letter.toUpperCase() : letter.toLowerCase(),
  );
}
