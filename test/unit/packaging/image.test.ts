import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../../..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const dockerfile = read('Dockerfile');
const argument = (name: string): string | undefined =>
  new RegExp(`^ARG ${name}=(\\S+)$`, 'm').exec(dockerfile)?.[1];

describe('the Dockerfile', () => {
  it('builds on the newest LTS of Node.js, the one that the integration tests run on', () => {
    const newest = /^newest_lts=(\d+)$/m.exec(read('test/support/node-lts.sh'))?.[1];
    expect(argument('NODE_IMAGE')).toMatch(new RegExp(`^node:${newest}-[a-z]+-slim$`));
  });

  it('labels the image with the version and the words of package.json', () => {
    const { version, description, license } = JSON.parse(read('package.json')) as Record<
      'version' | 'description' | 'license',
      string
    >;
    expect(argument('VERSION')).toBe(version);
    expect(dockerfile).toContain(`org.opencontainers.image.description="${description}"`);
    expect(dockerfile).toContain(`org.opencontainers.image.licenses="${license}"`);
  });

  it('copies nothing that .dockerignore keeps out, and .dockerignore lets in nothing else', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, what = '']) => what.split(' '),
    );
    const [all, ...allowed] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(all).toBe('*');
    expect(allowed.map((line) => line.replace('!', '')).sort()).toEqual(
      [...new Set(copied)].sort(),
    );
  });

  it('switches to a user that is not root, and never back', () => {
    expect([...dockerfile.matchAll(/^USER (.+)$/gm)].map(([, user]) => user)).toEqual([
      '1000:1000',
    ]);
  });
});

describe('the compose file', () => {
  const { services, volumes } = parse(read('packaging/compose.yaml')) as {
    services: { dockgate: { volumes: string[]; environment: Record<string, string> } };
    volumes: Record<string, { name: string }>;
  };

  it('mounts two volumes by names of their own and one socket, never /run', () => {
    const sources = services.dockgate.volumes.map((volume) => volume.split(':')[0]);
    expect(sources).toEqual(['certs', 'logs', '${DOCKER_SOCKET_MOUNT']);
    expect(services.dockgate.volumes.join('\n')).toContain(':-/var/run/docker.sock}');
    expect(Object.values(volumes)).toEqual([{ name: 'dockgate-certs' }, { name: 'dockgate-logs' }]);
  });

  it('gives calls the time that serve gives them', () => {
    const grace = /(\d+)s/.exec(
      String((services.dockgate as Record<string, unknown>)['stop_grace_period']),
    );
    expect(Number(grace?.[1])).toBeGreaterThan(30);
  });
});
