/**
 * The program as real processes run it, without a build: each source file is transpiled into a
 * directory that goes away. Fast enough for unit tests, and never out of date as dist/ may be.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { afterAll } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

const made: string[] = [];

afterAll(async () => {
  for (const dir of made) await rm(dir, { recursive: true, force: true });
});

/** The directory that holds what dist/ would, `main.js` among it. */
export async function transpiledProgram(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'dockgate-program-'));
  made.push(dir);
  await symlink(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  await writeFile(join(dir, 'package.json'), await readFile(join(ROOT, 'package.json')));
  const names = await readdir(join(ROOT, 'src'), { recursive: true });
  for (const name of names.filter((file) => file.endsWith('.ts'))) {
    const out = join(dir, 'dist', name.replace(/\.ts$/, '.js'));
    await mkdir(dirname(out), { recursive: true });
    await writeFile(out, transpile(await readFile(join(ROOT, 'src', name), 'utf8')));
  }
  return join(dir, 'dist');
}

function transpile(source: string): string {
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  };
  return ts.transpileModule(source, { compilerOptions }).outputText;
}
