/**
 * The program, with the packages that it uses, as a few files: Node.js takes longer to find and read five hundred small ones
 * than to run what is in them (docs/decisions/0027-the-program-is-bundled.md).
 */
import fs from 'node:fs';
import path from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';

export default defineConfig({
  input: 'src/main.ts',
  platform: 'node',
  output: {
    dir: 'dist',
    entryFileNames: '[name].js',
    // As deep as a file in a folder of src/: what is found from import.meta.url is found from here, too. Without a hash,
    // so that a new build takes the place of the one before.
    chunkFileNames: 'parts/[name].js',
    // Names stay those of the source, in stack traces and between the parts: should a gate that runs load a part of the
    // version that has been installed meanwhile, a name either fits or is missing.
    minify: false,
    minifyInternalExports: false,
  },
  plugins: [notices('dist/THIRD-PARTY-NOTICES')],
});

/** Writes down whose code is in the bundle, and its licences, which ask for that. A package without a licence is an error. */
function notices(file: string): Plugin {
  return {
    name: 'notices',
    writeBundle: (_, bundle) => {
      const modules = Object.values(bundle).flatMap((output) =>
        output.type === 'chunk' ? output.moduleIds : [],
      );
      const packages = new Set(modules.flatMap((id) => packageOf(id) ?? []));
      fs.writeFileSync(
        file,
        [...packages]
          .sort()
          .map(noticeOf)
          .join(`\n${'-'.repeat(80)}\n\n`),
      );
    },
  };
}

/** The directory of the package that a module is of; undefined for our own. */
function packageOf(id: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0];
}

function noticeOf(directory: string): string {
  const { name, version, license } = JSON.parse(
    fs.readFileSync(path.join(directory, 'package.json'), 'utf8'),
  ) as Readonly<Record<string, string | undefined>>;
  const text = fs.readdirSync(directory).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (license === undefined || text === undefined) {
    throw new Error(`${directory} has no licence that could be passed on`);
  }
  const words = fs.readFileSync(path.join(directory, text), 'utf8').trim();
  return `${name ?? ''} ${version ?? ''} (${license})\n\n${words}\n`;
}
