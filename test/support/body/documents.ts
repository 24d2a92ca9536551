import type { Document, Shape } from './go-decode.ts';
import { spoil } from './spoil.ts';
import type { Random } from './random.ts';
import { keyText, numberText, stringText, unknownText } from './tokens.ts';

/**
 * Writes a document for a Go type: sound as a rule, in as many spellings as JSON has, and odd here
 * and there, so that every rule of a strict reader is met.
 */
export function writeDocument(
  action: string,
  type: Shape,
  random: Random,
  soundness = 0.6,
): Document {
  const odd = random.chance(soundness) ? 0 : 0.02 + random.next() * 0.1;
  const text = new Writer(random, odd).value(type, 0);
  return { action, bytes: odd > 0 ? spoil(text, random) : Buffer.from(text) };
}

/** Deepest level at which fields are still filled in. */
const DEEP = 6;

class Writer {
  readonly #random: Random;
  /** How often something is odd. */
  readonly #odd: number;

  constructor(random: Random, odd: number) {
    this.#random = random;
    this.#odd = odd;
  }

  value(type: Shape, depth: number): string {
    const random = this.#random;
    if (random.chance(0.04)) return 'null';
    if (random.chance(this.#odd)) return unknownText(random);
    if (typeof type === 'string') return this.#scalar(type, depth);
    if ('pointer' in type) return this.value(type.pointer, depth);
    if ('list' in type) return this.#list(type.list, random.below(4), depth);
    if ('array' in type) return this.#list(type.array, random.chance(this.#odd) ? 1 : 2, depth);
    if ('map' in type) return this.#map(type.map, depth);
    return this.#struct(type.struct, depth);
  }

  #scalar(type: string, depth: number): string {
    const random = this.#random;
    if (type === 'bool') return random.pick(['true', 'false']);
    if (type === 'string') return stringText(random, this.#odd);
    if (type === 'strslice') {
      return random.chance(0.2)
        ? stringText(random, this.#odd)
        : this.#list('string', random.below(4), depth);
    }
    if (type === 'bytes') {
      const bytes = Buffer.from(stringText(random, 0)).subarray(random.below(8));
      return JSON.stringify(bytes.toString('base64').slice(random.chance(this.#odd) ? 1 : 0));
    }
    return numberText(type, random, this.#odd);
  }

  #list(element: Shape, length: number, depth: number): string {
    const items = Array.from({ length }, () => this.value(element, depth + 1));
    return `[${this.#space()}${items.join(`,${this.#space()}`)}${this.#space()}]`;
  }

  #map(element: Shape, depth: number): string {
    const keys = this.#random.some(MAP_KEYS, this.#random.below(5));
    if (this.#random.chance(this.#odd) && keys[0] !== undefined) keys.push(keys[0]);
    return this.#object(
      keys.map((key) => [keyText(key, this.#random), this.value(element, depth + 1)]),
    );
  }

  #struct(fields: Readonly<Record<string, Shape>>, depth: number): string {
    const random = this.#random;
    const count = depth > DEEP ? 0 : 1 + random.below(depth === 0 ? 6 : 4);
    const names = random.some(Object.keys(fields), count);
    if (random.chance(this.#odd) && names[0] !== undefined) names.push(names[0]);
    const pairs = names.map((name): [string, string] => {
      const spelling = random.chance(0.12) ? otherCase(name, random, this.#odd) : name;
      return [keyText(spelling, random), this.value(fields[name] ?? 'string', depth + 1)];
    });
    if (random.chance(0.04)) pairs.push([keyText('Unheard', random), unknownText(random)]);
    return this.#object(pairs);
  }

  #object(pairs: readonly (readonly [key: string, value: string])[]): string {
    const members = pairs.map(([key, value]) => `${key}${this.#space()}:${this.#space()}${value}`);
    return `{${this.#space()}${members.join(`${this.#space()},`)}${this.#space()}}`;
  }

  #space(): string {
    return this.#random.chance(0.9) ? '' : this.#random.pick([' ', '\n', '\t', '\r\n', '  ']);
  }
}

/** Keys of maps are what they are: other cases, other alphabets, names of JavaScript's own. */
const MAP_KEYS = [
  ...['a', 'A', 'ſ', 's', 'k', 'K', '80', '80/tcp', '443/TCP', '/data', 'net.ipv4.ip_forward'],
  ...['__proto__', 'constructor', 'toString', '', 'é', '😀', 'with space', 'type', 'o', 'device'],
];

function otherCase(name: string, random: Random, odd: number): string {
  if (random.chance(odd)) return name.replace(/s/i, 'ſ').replace(/k/i, '\u212a');
  if (random.chance(odd)) return random.pick([`${name} `, name.replace(/e/, 'é'), `_${name}`]);
  return name.replace(/[a-z]/gi, (letter) =>
    random.chance(0.5) ? letter.toUpperCase() : letter.toLowerCase(),
  );
}
