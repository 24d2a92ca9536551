import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { RUNNERS, type Runner } from '../support/clients/runners.ts';
import { DOCUMENT, readSnippets } from '../support/clients/snippets.ts';
import { asTable, coveredClients } from '../support/clients/versions.ts';
import { background, IDLE, unique } from '../support/e2e/docker.ts';
import { endToEnd } from '../support/e2e/suite.ts';
import { clientEnv, type Cli } from '../support/e2e/world.ts';

const SNIPPETS = readSnippets(DOCUMENT).flatMap(({ run, code }) =>
  run === undefined ? [] : [{ name: run, code }],
);

endToEnd('docs/clients.md', (world) => {
  const { address } = world.front;
  if (!('port' in address)) throw new Error('the front has no port');
  let container = '';
  beforeAll(async () => {
    container = await background(world, IDLE);
  });

  /** The two variables that the document asks for, and a HOME of its own. */
  const settingFor = (cli: Cli) => {
    const dir = join(world.dir, unique('snippet'));
    mkdirSync(dir);
    const env = clientEnv(dir, {
      DOCKER_HOST: `tcp://${address.host}:${address.port}`,
      DOCKER_CERT_PATH: address.certPath,
    });
    return { dir, env: { ...env, PATH: `${dirname(cli.path)}:${env['PATH'] ?? ''}` } };
  };

  it('has a snippet for every client that can be run, and no other', () => {
    expect(SNIPPETS.map(({ name }) => name)).toEqual(Object.keys(RUNNERS));
  });

  describe.each(SNIPPETS)('$name', ({ name, code }) => {
    const runner: Runner | undefined = RUNNERS[name];
    const missing = runner?.missing();
    // The docker CLI's are run with every one that there is.
    const clis = /^docker-c(li|ontext)$/.test(name) ? world.clis : [world.clis[0]];
    if (runner === undefined) return;
    if (missing !== undefined) {
      console.warn(`\nSKIPPED: the snippet for ${name} in docs/clients.md: ${missing}\n`);
      it.skip(`is not run: ${missing}`);
      return;
    }
    it.each(clis)('sees what runs there, with docker $version on the PATH', async (cli) => {
      const outcome = await runner.run(code, settingFor(cli));
      expect(outcome).toMatchObject({ code: 0 });
      expect(outcome.stdout.toString()).toContain(name.includes('compose') ? 'web' : container);
    });

    it('shows nothing without the certificates', async () => {
      const [cli] = world.clis;
      const { dir, env } = settingFor(cli);
      const outcome = await runner.run(code, { dir, env: { ...env, DOCKER_CERT_PATH: dir } });
      expect(outcome.code).not.toBe(0);
      expect(outcome.stdout.toString()).not.toContain(container);
    });
  });

  it('is run with clients whose versions are known', () => {
    const covered = coveredClients(world);
    console.log(`\nThis run covers\n\n${asTable(covered)}\n`);
    const names = covered
      .filter(({ version }) => version !== 'unknown')
      .map(({ client }) => client);
    for (const client of ['docker CLI', 'dockerode', 'docker-py', 'docker-compose', 'curl']) {
      expect(names).toContain(client);
    }
  });
});
