import { afterEach, describe, expect, it, vi } from 'vitest';
import { reference } from '../../../src/cli/commands.ts';
import { run } from '../../../src/cli/index.ts';
import { allPages, lastWord } from '../../../src/cli/reference/pages.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** What yargs prints of its own knowledge. */
async function helpOf(command: string): Promise<string> {
  let out = '';
  vi.spyOn(console, 'log').mockImplementation((text) => (out += String(text)));
  expect(await run([...command.split(' ').filter(Boolean), '--help'])).toBe(0);
  return out;
}

const PAGES = allPages(await reference());

describe('commands as data', () => {
  it.each(PAGES.map((page) => [page.usage, page] as const))(
    'know what yargs knows: %s',
    async (_usage, { command, flags, positionals, commands, describe: words }) => {
      const help = await helpOf(command);
      const [listed = ''] = help.split(/^Examples:/m);
      const names = [...listed.matchAll(/^ {2,6}(?:-\w, )?--([a-z-]+)/gm)].map(([, name]) => name);
      // yargs shows --version with each command.
      const expected = new Set([...flags.map(({ name }) => name), 'version']);
      expect(names.toSorted()).toEqual([...expected].toSorted());
      expect(help.replace(/\s+/g, ' ')).toContain(words.replace(/\s+/g, ' '));
      for (const { name } of positionals) expect(help).toMatch(new RegExp(`^  ${name} `, 'm'));
      for (const child of commands) {
        expect(help).toMatch(new RegExp(`^  dockgate ${command} ?${lastWord(child)}\\b`, 'm'));
      }
    },
  );
});
