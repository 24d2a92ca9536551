/** A passphrase from a file, or asked for at the terminal; never from the command line. */
import { read } from 'read';
import { CommandError } from '../errors.ts';
import { readPassphrase } from './pki-options.ts';

/**
 * The passphrase for something new, so typed twice. Throws USAGE where there is neither file nor
 * terminal, PASSPHRASE for an empty one or two different ones, FILE_UNREADABLE.
 */
export async function newPassphrase(path: string | undefined, what: string): Promise<string> {
  const given = path === undefined ? await ask(what) : await readPassphrase(path, FLAG);
  if (given !== undefined && given !== '') return given;
  throw new CommandError('PASSPHRASE', 'the passphrase is empty', 'choose one that nobody guesses');
}

const FLAG = '--passphrase-file';

async function ask(what: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new CommandError(
      'USAGE',
      `there is no terminal to ask for a passphrase for ${what}`,
      `name a file whose first line is the passphrase with ${FLAG}`,
    );
  }
  const first = await hidden(`Passphrase for ${what}: `);
  const second = await hidden('The same again: ');
  if (first === second) return first;
  throw new CommandError('PASSPHRASE', 'the two passphrases differ', 'run again');
}

/** The prompt goes to standard error: standard output is for the result. */
async function hidden(prompt: string): Promise<string> {
  return read({ prompt, silent: true, output: process.stderr });
}
