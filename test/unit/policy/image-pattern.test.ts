import { describe, expect, it } from 'vitest';
import {
  compileImagePattern,
  mayBeImageId,
  readImageName,
  registryOf,
} from '../../../src/policy/image-pattern.ts';

describe('a reference', () => {
  it.each([
    ['busybox', 'docker.io/library/busybox'],
    ['team/app', 'docker.io/team/app'],
    ['docker.io/busybox', 'docker.io/library/busybox'],
    ['index.docker.io/library/busybox', 'docker.io/library/busybox'],
    ['localhost/app', 'localhost/app'],
    ['registry:5000/app', 'registry:5000/app'],
    ['registry.example/team/app', 'registry.example/team/app'],
    ['[2001:db8::1]:5000/app', '[2001:db8::1]:5000/app'],
  ])('%s is %s', (text, repository) => {
    expect(readImageName(text)).toEqual({ repository, tag: undefined, digest: undefined });
  });

  it('has a tag, a digest or both', () => {
    const digest = `sha256:${'ab'.repeat(32)}`;
    expect(readImageName('registry:5000/app:1.2')?.tag).toBe('1.2');
    expect(readImageName(`app@${digest}`)).toMatchObject({ tag: undefined, digest });
    expect(readImageName(`app:1@${digest}`)).toMatchObject({ tag: '1', digest });
  });

  it.each([
    '',
    'App',
    'a//b',
    'a/../b',
    'a b',
    'x:',
    'x:/y',
    'a@b',
    '-a',
    'a'.repeat(2000),
    '-.x/a',
  ])('is none: %s', (text) => {
    expect(readImageName(text)).toBeUndefined();
  });

  it('leads to a registry', () => {
    const name = readImageName('registry:5000/team/app:1');
    expect(name && registryOf(name)).toBe('registry:5000');
  });

  it.each([
    ['cafe', true],
    [`sha256:${'ab'.repeat(32)}`, true],
    ['busybox', false],
    ['cafe:1', false],
    ['ab'.repeat(33), false],
  ])('%s may be an id: %s', (text, expected) => {
    expect(mayBeImageId(text)).toBe(expected);
  });
});

describe('a pattern for images', () => {
  const digest = `@sha256:${'ab'.repeat(32)}`;
  it.each([
    ['busybox', 'docker.io/library/busybox:1', true],
    ['busybox', 'evil.example/busybox', false],
    ['busybox:1.*', 'busybox:1.36', true],
    ['busybox:1.*', 'busybox', false],
    ['busybox:1.*', `busybox:1.36${digest}`, false],
    ['busybox', `busybox:1.36${digest}`, true],
    ['registry.example/*', 'registry.example/app', true],
    ['registry.example/*', 'registry.example/team/app', false],
    ['registry.example/**', 'registry.example/team/app:2', true],
    ['registry.example/**', 'registry.example.evil/team/app', false],
    ['*.example/**', 'a.example/b/c', true],
    ['**', 'any.example/b', true],
    ['**', 'busybox', true],
    ['docker.io/**', 'team/app', true],
    ['registry:5000/app', 'registry:5000/app', true],
  ])('%s takes %s: %s', (source, reference, expected) => {
    const name = readImageName(reference);
    expect(name && compileImagePattern(source).matches(name)).toBe(expected);
  });
});
