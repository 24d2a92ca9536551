/** The program, with the trail's module exchanged for one that does nothing. */
import path from 'node:path';
import type { ConfigExport } from 'rolldown';
import program from '../../../rolldown.config.ts';

const NOTHING = path.resolve('bench/peers/no-trail/trail.ts');

const bare: ConfigExport = {
  ...program,
  plugins: [
    {
      name: 'no-trail',
      resolveId: (source: string) => (source.endsWith('/audit/trail.ts') ? NOTHING : undefined),
    },
  ],
};

export default bare;
