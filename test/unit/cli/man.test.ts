import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { reference } from '../../../src/cli/commands.ts';
import { run } from '../../../src/cli/index.ts';
import { allPages } from '../../../src/cli/reference/pages.ts';
import { SETTINGS } from '../../../src/config/settings.ts';
import { isInstalled } from '../../support/installed.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const dir = temporaryDirectory();
const files = (): string[] => readdirSync(dir).map((name) => join(dir, name));
const groff = (file: string) =>
  spawnSync('groff', ['-man', '-Kutf8', '-Tutf8', '-P-cbou', '-ww', file], { encoding: 'utf8' });

beforeAll(async () => {
  vi.stubEnv('SOURCE_DATE_EPOCH', '1772355600');
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  expect(await run(['man', dir])).toBe(0);
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('man pages', () => {
  it('are there for the program and each command', async () => {
    const names = allPages(await reference()).map(({ command }) =>
      `dockgate ${command}`.trim().replaceAll(' ', '-'),
    );
    expect(readdirSync(dir).sort()).toEqual(names.map((name) => `${name}.1`).sort());
  });

  it('are all named in package.json, whose list npm installs', () => {
    const manifest = new URL('../../../package.json', import.meta.url);
    const { man } = JSON.parse(readFileSync(manifest, 'utf8')) as { man: string[] };
    expect(man).toEqual(
      readdirSync(dir)
        .sort()
        .map((name) => `./dist/man/${name}`),
    );
  });

  it('bear the date that a reproducible build names', () => {
    expect(readFileSync(join(dir, 'dockgate.1'), 'utf8')).toMatch(
      /^\.TH "DOCKGATE" 1 "2026-03-01" /,
    );
  });

  describe.skipIf(!isInstalled('/usr/bin/mandoc', 'mandoc'))('for mandoc', () => {
    it('have nothing to warn of', () => {
      const { stdout, status } = spawnSync('mandoc', ['-Tlint', '-Wwarning', ...files()], {
        encoding: 'utf8',
      });
      expect(stdout).toBe('');
      expect(status).toBe(0);
    });
  });

  describe.skipIf(!isInstalled('/usr/bin/groff', 'groff-base'))('for groff', () => {
    it('have nothing to warn of', () => {
      for (const file of files()) expect([file, groff(file).stderr]).toEqual([file, '']);
    });

    it('name every setting as flag and as variable, as it is typed', () => {
      const page = groff(join(dir, 'dockgate-serve.1')).stdout;
      for (const { name, variable } of SETTINGS) {
        expect(page).toMatch(new RegExp(`^ +(?:-[A-Z], )?--${name}\\b`, 'm'));
        expect(page).toContain(variable);
      }
    });
  });
});
