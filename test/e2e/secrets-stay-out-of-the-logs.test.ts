import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readAuditLines } from '../support/e2e/audit-lines.ts';
import { docker, RUN } from '../support/e2e/docker.ts';
import { Gate } from '../support/e2e/gate.ts';
import { endToEndGate } from '../support/e2e/suite.ts';
import { IMAGE, type World } from '../support/e2e/world.ts';

const CANARY = 'c4nary';
const REGISTRY = '127.0.0.1:1';

endToEndGate('secrets stay out of the logs', (world) => {
  it.each(world.clis)('also at level debug, with docker $version', async (cli) => {
    const certs = join(world.dir, 'secret-certs');
    const auditLog = join(world.dir, `secret-${cli.version}.jsonl`);
    const args = ['--log-level', 'debug'];
    const gate = await Gate.start({
      certs,
      auditLog,
      args,
      socket: world.socket,
      home: world.home,
    });
    const env = { DOCKER_CONFIG: configWithCredentials(world), DOCKER_BUILDKIT: '0' };
    const through = (words: string[], text = ''): Promise<{ stderr: string }> =>
      docker(cli, gate.endpoint, words, { env, stdin: { text } });

    const buildArgs = ['--build-arg', `TOKEN=${CANARY}`, '--label', `token=${CANARY}`];
    await through(['build', '--network', 'none', ...buildArgs, '-'], `FROM ${IMAGE}\n`);
    await through([...RUN, '--env', `TOKEN=${CANARY}`, IMAGE, 'true', '--token', CANARY]);
    await through(['import', '--change', `ENV TOKEN=${CANARY}`, '-', 'secret'], 'no archive');
    await through(['tag', IMAGE, `${REGISTRY}/secret`]);
    await through(['push', `${REGISTRY}/secret`]);
    const login = ['login', '--username', CANARY, '--password-stdin', REGISTRY];
    await through(login, CANARY);

    const { code, stderr, stdout } = await gate.stop();
    expect(code).toBe(0);
    const actions = readAuditLines(auditLog).map(({ action }) => action);
    expect(actions).toEqual(
      expect.arrayContaining(['image.build', 'image.push', 'container.create']),
    );
    for (const text of [readFileSync(auditLog, 'utf8'), stderr, stdout.toString()]) {
      expect(text).not.toMatch(new RegExp([CANARY, ...inBase64(CANARY)].join('|')));
    }
  });
});

/** A client configuration that sends credentials with pushes (X-Registry-Auth) and builds (X-Registry-Config). */
function configWithCredentials(world: World): string {
  const dir = join(world.dir, 'with-credentials');
  mkdirSync(dir, { recursive: true });
  const auth = Buffer.from(`${CANARY}:${CANARY}`).toString('base64');
  writeFileSync(join(dir, 'config.json'), JSON.stringify({ auths: { [REGISTRY]: { auth } } }));
  return dir;
}

/** What a word looks like inside base64, at each of the three places where it may start. */
function inBase64(word: string): string[] {
  const encode = (skip: number): string => {
    const text = Buffer.from(`${'.'.repeat(skip)}${word}`).toString('base64');
    // The first and the last characters also depend on what stands around the word.
    return text.replaceAll('=', '').slice(skip === 0 ? 0 : skip + 1, -1);
  };
  return [0, 1, 2].map(encode);
}
