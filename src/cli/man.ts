/** `dockgate man`: for those who package it. */
import fs from 'node:fs';
import path from 'node:path';
import type { ArgumentsCamelCase } from 'yargs';
import { CommandError, systemCode } from '../errors.ts';
import type { CommandCode } from './command.ts';
import { manPages } from './reference/man.ts';
import type { Page } from './reference/pages.ts';
import { version } from '../app/version.ts';
import { print } from './terminal.ts';

interface ManArguments {
  directory: string;
}

/** @param reference the commands as they are when the pages are written. */
export function manOf(reference: () => Promise<Page>): CommandCode {
  return {
    builder: (yargs) =>
      yargs.positional('directory', {
        type: 'string',
        demandOption: true,
        describe: 'Where to write the man pages',
      }),
    handler: async ({ directory }: ArgumentsCamelCase<ManArguments>) => {
      const pages = manPages(await reference(), version(), dateOf(process.env));
      for (const { file, roff } of pages) write(directory, file, roff);
      print(`${pages.length} man pages in ${directory}`);
    },
  };
}

/** The day of the build, or that which a reproducible build names. */
function dateOf(env: NodeJS.ProcessEnv): string {
  const seconds = Number(env['SOURCE_DATE_EPOCH'] ?? Date.now() / 1000);
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

function write(directory: string, file: string, roff: string): void {
  try {
    fs.mkdirSync(directory, { recursive: true });
    fs.writeFileSync(path.join(directory, file), roff);
  } catch (error) {
    throw new CommandError(
      'FILE_UNWRITABLE',
      `${path.join(directory, file)} cannot be written: ${systemCode(error)}`,
      'name a directory that this user may write',
      { cause: error },
    );
  }
}
