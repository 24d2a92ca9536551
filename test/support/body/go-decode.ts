import { execFileSync, spawnSync } from 'node:child_process';
import { buildGo } from '../go.ts';

/** A Go type as go-decode prints it. */
export type Shape =
  | string
  | { readonly list: Shape }
  | { readonly array: Shape }
  | { readonly map: Shape }
  | { readonly pointer: Shape }
  | { readonly struct: Readonly<Record<string, Shape>> };

/** A value as go-decode dumps it. */
export type GoValue =
  null | boolean | string | readonly GoValue[] | { readonly [key: string]: GoValue };

export interface Document {
  readonly action: string;
  readonly bytes: Buffer;
}

/** Compiles go-decode. */
export async function buildGoDecode(): Promise<GoDecode> {
  return new GoDecode(await buildGo('go-decode'));
}

export class GoDecode {
  readonly #binary: string;

  constructor(binary: string) {
    this.#binary = binary;
  }

  /** The daemon's type of each body, by action. */
  types(): Readonly<Record<string, Shape>> {
    return JSON.parse(execFileSync(this.#binary, ['types'], { encoding: 'utf8' })) as Record<
      string,
      Shape
    >;
  }

  /** What Go decodes of each document; undefined where it reports an error. */
  decode(documents: readonly Document[]): (GoValue | undefined)[] {
    const input = documents.flatMap(({ action, bytes }) => [
      Buffer.from(`${action} ${bytes.length}\n`),
      bytes,
    ]);
    const { stdout, stderr, status } = spawnSync(this.#binary, {
      input: Buffer.concat(input),
      maxBuffer: 2 ** 30,
    });
    if (status !== 0) throw new Error(`go-decode: ${stderr.toString()}`);
    const lines = stdout.toString().trimEnd().split('\n');
    return lines.map((line) => (line === 'error' ? undefined : (JSON.parse(line) as GoValue)));
  }
}
