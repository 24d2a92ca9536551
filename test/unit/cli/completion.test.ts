import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reference } from '../../../src/cli/commands.ts';
import { bashCompletion } from '../../../src/cli/reference/bash.ts';
import { fishCompletion } from '../../../src/cli/reference/fish.ts';
import { allPages, lastWord } from '../../../src/cli/reference/pages.ts';
import { zshCompletion } from '../../../src/cli/reference/zsh.ts';
import { isInstalled } from '../../support/installed.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const SUPPORT = new URL('../../support/shells/', import.meta.url).pathname;
const dir = temporaryDirectory();
writeFileSync(join(dir, 'only-file'), '');

const PROGRAM = await reference();
const COMMANDS = PROGRAM.commands.map(lastWord);
const CLIENT = ['add', 'export', 'list', 'renew', 'revoke', 'show'];

/** What is typed, and what is offered for its last word. */
const LINES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['dockgate ', COMMANDS],
  ['dockgate cli', ['client']],
  ['dockgate client ', CLIENT],
  ['dockgate client add bob --key-ty', ['--key-type']],
  ['dockgate client add bob --key-type ', ['ecdsa', 'rsa']],
  ['dockgate serve --init --log-level ', ['debug', 'error', 'info', 'warn']],
  ['dockgate serve --log-level=d', ['debug']],
  ['dockgate serve --print', ['--print-config']],
  ['dockgate completion ', ['bash', 'fish', 'zsh']],
];

describe.each([
  ['bash', 'bash', bashCompletion, []],
  ['zsh', 'zsh', zshCompletion, ['-f', '-o', 'extendedglob']],
  ['fish', 'fish', fishCompletion, ['--no-config']],
] as const)('completion in %s', (shell, debianPackage, scriptOf, flags) => {
  const script = join(dir, `completion.${shell}`);
  writeFileSync(script, scriptOf(PROGRAM));

  /** The words that the shell offers for each line. */
  const complete = (lines: readonly string[]): string[][] => {
    const args = [...flags, join(SUPPORT, `complete.${shell}`), script, ...lines];
    const output = execFileSync(shell, args, { encoding: 'utf8', cwd: dir, timeout: 14_000 });
    return output
      .split('\n')
      .slice(0, lines.length)
      .map((line) => line.split(' ').filter(Boolean).sort());
  };

  describe.skipIf(!isInstalled(`/usr/bin/${shell}`, debianPackage))('offers', () => {
    it('commands, flags and values', () => {
      const offered = complete(LINES.map(([line]) => line));
      const expected = LINES.map(([line, words]) => [line, [...words].sort()]);
      expect(LINES.map(([line], index) => [line, offered[index]])).toEqual(expected);
    });

    it('every flag of every command', () => {
      const pages = allPages(PROGRAM);
      const offered = complete(
        pages.map(({ command }) => `dockgate ${command} --`.replace('  ', ' ')),
      );
      for (const [index, { command, flags: known }] of pages.entries()) {
        const names = known.map(({ name }) => `--${name}`).sort();
        expect([command, offered[index]]).toEqual([command, names]);
      }
    });
  });
});

describe.skipIf(!isInstalled('/usr/bin/fish', 'fish'))('a path', () => {
  it.each([
    [
      'fish',
      ['--no-config', '-c', `source completion.fish; complete -C 'dockgate serve --certs only'`],
    ],
    // bash finds files by itself, where the function offers nothing and was registered so.
    [
      'bash',
      [
        '-c',
        "source completion.bash; complete -p dockgate | grep -q -- '-o default' && compgen -f only",
      ],
    ],
  ])('is completed by %s', (shell, args) => {
    expect(execFileSync(shell, args, { encoding: 'utf8', cwd: dir }).trim()).toBe('only-file');
  });
});
