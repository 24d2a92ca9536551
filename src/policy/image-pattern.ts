import { compileGlob, type Glob } from './glob.ts';

/** An image reference with nothing left to a reader's habits. */
export interface ImageName {
  /** `docker.io/library/busybox`, `registry.example:5000/team/app`. */
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const REFERENCE =
  /^(?<name>[^@]+?)(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?<digest>[a-z0-9+.-]+:[0-9a-f]{32,}))?$/;
const DOMAIN =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

/**
 * Reads a reference as the daemon does (distribution/reference ParseNormalizedNamed): a first
 * component with `.`, `:` or a capital, or `localhost`, is a registry; all else is on Docker Hub.
 *
 * @returns undefined for what the daemon would take for no reference.
 */
export function readImageName(reference: string): ImageName | undefined {
  // The longest that a daemon takes is far below; what is longer is not worth a pattern's time.
  if (reference.length > MAX_LENGTH) return undefined;
  const groups = REFERENCE.exec(reference)?.groups;
  if (groups === undefined) return undefined;
  const { name = '', tag, digest } = groups;
  const [domain, path] = splitDomain(name);
  const isValid = DOMAIN.test(domain) && path.split('/').every((part) => COMPONENT.test(part));
  return isValid ? { repository: `${domain}/${path}`, tag, digest } : undefined;
}

const MAX_LENGTH = 1_024;

function splitDomain(name: string): readonly [domain: string, path: string] {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isDomain = /[.:A-Z]/.test(first) || first === 'localhost';
  const domain = isDomain ? registryHost(first) : HUB;
  const path = isDomain ? name.slice(slash + 1) : name;
  if (domain !== HUB && domain !== 'index.docker.io') return [domain, path];
  return [HUB, path.includes('/') || path === '**' ? path : `library/${path}`];
}

export const HUB = 'docker.io';

/** One text for a registry: to the network case says nothing, and 443 is the port that is meant without one. */
export function registryHost(host: string): string {
  return host.toLowerCase().replace(/:443$/, '');
}

/** The registry that a reference leads to: `docker.io`, `registry.example:5000`. */
export function registryOf({ repository }: ImageName): string {
  return repository.slice(0, repository.indexOf('/'));
}

/**
 * True for what the daemon may take for the id of an image or its beginning, and so for an image
 * of any name (moby daemon/images GetImage).
 */
export function mayBeImageId(reference: string): boolean {
  return /^(?:sha256:)?[0-9a-f]{1,64}$/.test(reference);
}

/** A pattern for images: `registry.example/team/*`, `registry.example/**`, `busybox:1.*`. */
export interface ImagePattern {
  readonly source: string;
  readonly repository: Glob;
  /** Undefined: any tag, and any digest. */
  readonly tag: Glob | undefined;
  matches(image: ImageName): boolean;
}

/**
 * Compiles a pattern. `*` stays within one part of the path, `**` crosses; without a tag every tag
 * and every digest matches, with one no digest does, since a digest is what counts then.
 */
export function compileImagePattern(source: string): ImagePattern {
  const tagAt = /:([^:/]*)$/.exec(source);
  const name = tagAt === null ? source : source.slice(0, tagAt.index);
  const repository = compileGlob(name === '**' ? name : splitDomain(name).join('/'), '/');
  const tag = tagAt === null ? undefined : compileGlob(String(tagAt[1]));
  return {
    source,
    repository,
    tag,
    matches: (image) => {
      if (!repository.matches(image.repository)) return false;
      if (tag === undefined) return true;
      return image.digest === undefined && image.tag !== undefined && tag.matches(image.tag);
    },
  };
}
