import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../e2e/another-host.ts';
import { run, type Outcome } from '../e2e/child.ts';
import { PYTHON } from '../e2e/machine.ts';
import { IMAGE } from '../e2e/world.ts';

/** Where and with which environment a snippet runs. */
export interface Setting {
  /** An empty directory. */
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
}

/** How a snippet of one client is run as it stands. */
export interface Runner {
  /** Why it cannot run here; undefined when it can. */
  readonly missing: () => string | undefined;
  readonly run: (code: string, setting: Setting) => Promise<Outcome>;
}

const nothingMissing = (): undefined => undefined;

function shell(missing: Runner['missing'] = nothingMissing): Runner {
  return { missing, run: (code, { dir, env }) => run('bash', ['-euc', code], { cwd: dir, env }) };
}

/** A shell in the directory of a Compose project. */
function composed(missing?: Runner['missing']): Runner {
  const plain = shell(missing);
  return {
    missing: plain.missing,
    run: (code, setting) => {
      writeFileSync(join(setting.dir, 'docker-compose.yml'), PROJECT);
      return plain.run(code, setting);
    },
  };
}

const PROJECT = `version: '2.4'
services:
  web:
    image: ${IMAGE}
    command: sleep 1000
    network_mode: none
    stop_signal: SIGKILL
`;

/** Writes the snippet to a file and hands that to a program. */
function program(name: string, command: string, args: readonly string[]): Runner {
  return {
    missing: () => notInstalled(command),
    run: (code, { dir, env }) => {
      const file = join(dir, name);
      mkdirSync(dir, { recursive: true });
      writeFileSync(file, code);
      return run(command, [...args, file], { cwd: dir, env });
    },
  };
}

/** By the word behind `run=`. */
export const RUNNERS: Readonly<Record<string, Runner>> = {
  'docker-cli': shell(),
  'docker-context': shell(),
  'docker-compose': composed(),
  'docker-compose-v2': composed(() =>
    spawnSync('docker', ['compose', 'version']).status === 0
      ? undefined
      : 'the compose plugin of the docker CLI is not installed',
  ),
  dockerode: {
    missing: nothingMissing,
    // Read from its input, it finds the modules of the directory that it runs in.
    run: (text, { env }) =>
      run(process.execPath, ['--input-type=module', '-'], {
        ...{ cwd: REPOSITORY, env, stdin: { text } },
      }),
  },
  'docker-py': program('snippet.py', PYTHON, []),
  go: program('main.go', 'go', ['run']),
  java: program('Containers.java', 'java', []),
  curl: shell(),
};

function notInstalled(command: string): string | undefined {
  const dirs = ['', ...(process.env['PATH'] ?? '').split(':')];
  const isThere = dirs.some((dir) => existsSync(join(dir, command)));
  return isThere ? undefined : `${command} is not installed`;
}
