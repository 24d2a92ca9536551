import { describe, expect, it } from 'vitest';
import {
  pulledReference,
  repoTagReference,
  withTag,
} from '../../../src/docker-api/image-reference.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

describe('withTag', () => {
  it.each([
    ['app', '', 'app'],
    ['app:1', '', 'app:1'],
    ['app', '2', 'app:2'],
    ['app:1', '2', 'app:2'],
    ['registry:5000/app', '2', 'registry:5000/app:2'],
    ['registry:5000/app:1', '2', 'registry:5000/app:2'],
    [`app@${DIGEST}`, '2', `app:2@${DIGEST}`],
    [`app:1@${DIGEST}`, '2', `app:2@${DIGEST}`],
    ['app:1', DIGEST, `app@${DIGEST}`],
    ['app@sha256:abc', DIGEST, `app@${DIGEST}`],
    ['r:5000/app', DIGEST, `r:5000/app@${DIGEST}`],
  ])('makes of %o and %o the reference %o', (name, tag, reference) => {
    expect(withTag(name, tag)).toBe(reference);
  });
});

describe('pulledReference', () => {
  it.each([
    ['app:', '', 'app'],
    ['app:', '1', 'app:1'],
    ['app::', '', 'app:'],
    ['r:5000/app:1', '', 'r:5000/app:1'],
  ])('makes of %o and %o the reference %o', (name, tag, reference) => {
    expect(pulledReference(name, tag)).toBe(reference);
  });
});

describe('repoTagReference', () => {
  it.each([
    ['', '', undefined],
    ['', '1', undefined],
    ['app', '', 'app:latest'],
    ['app', '1', 'app:1'],
    ['app:1', '', 'app:1'],
    ['app:1', '2', 'app:2'],
    ['r:5000/app', '', 'r:5000/app:latest'],
    [`app@${DIGEST}`, '', `app@${DIGEST}`],
  ])('makes of %o and %o the reference %o', (repo, tag, reference) => {
    expect(repoTagReference(repo, tag)).toBe(reference);
  });
});
