import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run } from './process.ts';

/** Where everything of a run is: certificates, configurations, programs. */
export interface World {
  readonly dir: string;
  /** The built dockgate. */
  readonly program: string;
  /** The same with a trail that does nothing. */
  readonly bareProgram: string;
  /** Node.js as this run has it, and its newest LTS where that can be had. */
  readonly node: string;
  readonly newestNode: string | undefined;
  readonly certs: string;
  /** ca.pem, cert.pem and key.pem of the client. */
  readonly client: string;
  readonly load: string;
  readonly upstream: string;
  /** A policy of a hundred rules, in which the client's comes last. */
  readonly policy: string;
}

const ROOT = path.join(import.meta.dirname, '..', '..', '..', '..');
const NEWEST_LTS = 24;

/** Builds what a run needs below a temporary directory. */
export function makeWorld(): World {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'dockgate-peers-'));
  const program = path.join(ROOT, 'dist', 'main.js');
  const certs = path.join(dir, 'certs');
  const init = ['init-certs', '--certs', certs, '--client', 'bench', '--san', '127.0.0.1'];
  run(process.execPath, [program, ...init]);
  // Fronts that give up root read it too; it is thrown away with the directory.
  for (const file of ['server-key.pem', 'server-cert.pem', 'ca.pem']) {
    fs.chmodSync(path.join(certs, file), 0o644);
  }
  fs.chmodSync(dir, 0o755);
  fs.chmodSync(certs, 0o755);
  const bin = path.join(dir, 'bin');
  fs.mkdirSync(bin);
  const go = path.join(ROOT, 'bench', 'go');
  run('go', ['build', '-o', `${bin}/`, './...'], { cwd: go });
  return {
    ...{ dir, program, certs, node: process.execPath, newestNode: findNewestNode() },
    client: path.join(certs, 'clients', 'bench'),
    bareProgram: bundleWithoutTrail(dir),
    load: path.join(bin, 'load'),
    upstream: path.join(bin, 'upstream'),
    policy: writePolicy(dir),
  };
}

export function removeWorld({ dir }: World): void {
  fs.rmSync(dir, { recursive: true, force: true });
}

/** The npm package `node` brings it. */
function findNewestNode(): string | undefined {
  const options = ['exec', '--yes', '--ignore-scripts=false', `--package=node@${NEWEST_LTS}`];
  try {
    return run('npm', [...options, '--', 'node', '--print', 'process.execPath']).trim();
  } catch {
    return undefined;
  }
}

/** @returns its file. Beside its directory lies package.json, as beside dist/. */
function bundleWithoutTrail(dir: string): string {
  const config = 'bench/peers/no-trail/rolldown.config.ts';
  const out = path.join(dir, 'bare');
  run('npx', ['rolldown', '--config', config, '--dir', out], { cwd: ROOT });
  fs.copyFileSync(path.join(ROOT, 'package.json'), path.join(dir, 'package.json'));
  return path.join(out, 'main.js');
}

function writePolicy(dir: string): string {
  const rules = Array.from(
    { length: 99 },
    (_, at) =>
      `      - actions: [container.*, exec.*]\n        containers: { names: [service-${at}] }\n`,
  );
  const file = path.join(dir, 'policy.yaml');
  const role = `  bench:\n    unconstrained: true\n    allow:\n${rules.join('')}      - '*'\n`;
  fs.writeFileSync(file, `users:\n  - { user: bench, roles: [bench] }\nroles:\n${role}`);
  return file;
}
