import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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

const SOURCE = new URL('../go-decode', import.meta.url).pathname;

/**
 * Says why Go cannot be asked; undefined where it can. Under `CI=true` it has to be there.
 *
 * @throws Error under `CI=true` where it is not.
 */
export function goIsMissing(): string | undefined {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    const reason = 'Go is not asked what it decodes, since there is no `go` command';
    if (process.env['CI'] === 'true') throw new Error(reason);
    console.log(`skipped: ${reason}`);
    return reason;
  }
}

/** Compiles go-decode. */
export function buildGoDecode(): GoDecode {
  const binary = join(mkdtempSync(join(tmpdir(), 'dockgate-go-decode-')), 'go-decode');
  const env = { ...process.env, GO111MODULE: 'off', GOFLAGS: '', CGO_ENABLED: '0' };
  execFileSync('go', ['build', '-o', binary, '.'], { cwd: SOURCE, env });
  return new GoDecode(binary);
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
