import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { CommandError, systemCode } from '../errors.ts';
import type { Step } from './step.ts';

/** A step that was taken, in one word. */
export type Taken =
  'written' | 'unchanged' | 'removed' | 'not there' | 'done' | 'failed, as it may';

/**
 * Takes one step. Files are written under another name first, so that no half of one is ever read.
 *
 * @throws CommandError `FILE_UNWRITABLE`, `COMMAND_FAILED`.
 */
export function carryOut(step: Step): Taken {
  if (step.do === 'run') return run(step.command, step.mayFail ?? false);
  try {
    return step.do === 'write' ? write(step) : remove(step.path);
  } catch (error) {
    throw new CommandError(
      'FILE_UNWRITABLE',
      `${step.path} cannot be ${step.do === 'write' ? 'written' : 'removed'}: ${systemCode(error)}`,
      'run it as root: sudo dockgate service …',
      { cause: error },
    );
  }
}

function write({ path: file, mode, text }: Step & { do: 'write' }): Taken {
  if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text) return 'unchanged';
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
  const temporary = `${file}.${randomBytes(4).toString('hex')}`;
  fs.writeFileSync(temporary, text, { flag: 'wx' });
  fs.chmodSync(temporary, mode);
  fs.renameSync(temporary, file);
  return 'written';
}

function remove(file: string): Taken {
  if (!fs.existsSync(file)) return 'not there';
  fs.rmSync(file);
  return 'removed';
}

function run(command: readonly [string, ...string[]], mayFail: boolean): Taken {
  const [program, ...words] = command;
  const { status, error, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  if (status === 0) return 'done';
  if (mayFail && error === undefined) return 'failed, as it may';
  const said = error === undefined ? (stderr.trim().split('\n')[0] ?? '') : systemCode(error);
  throw program === 'systemctl' && words[0] === 'start'
    ? notStarted(said)
    : new CommandError(
        'COMMAND_FAILED',
        `"${command.join(' ')}" failed: ${said}`,
        'it takes root: sudo dockgate service …; the steps before it stay, and it can be run again',
      );
}

const WHY = 'journalctl -u dockgate -n 50 tells why';

/** In the gate's own words, where it has said why. */
function notStarted(said: string): CommandError {
  const args = ['--unit=dockgate', '--output=cat', '--lines=20', '--no-pager'];
  const { stdout, error } = spawnSync('journalctl', args, { encoding: 'utf8' });
  const lines = error === undefined ? stdout.split('\n') : [];
  const at = lines.findLastIndex((line) => line.startsWith(OURS));
  if (at < 0) return new CommandError('COMMAND_FAILED', `the service does not start: ${said}`, WHY);
  const hint = lines[at + 1];
  return new CommandError(
    'COMMAND_FAILED',
    `the service is installed and does not start: ${(lines[at] ?? '').slice(OURS.length)}`,
    hint?.startsWith(HINT) === true ? hint.slice(HINT.length) : WHY,
  );
}

const OURS = 'dockgate: ';
const HINT = 'hint: ';
