import type { z } from 'zod';
import type { containerSelectorSchema } from './constraints/settings.ts';
import { compileGlob, type Glob } from './glob.ts';
import { compileImagePattern } from './image-pattern.ts';
import type { ContainerSelector } from './selectors.ts';

/** @param settings a selector as it stands in a policy. */
export function compileContainerSelector({
  names,
  labels,
  images,
}: z.output<typeof containerSelectorSchema>): ContainerSelector {
  return {
    ...(names && { names: compileGlobs(names) }),
    ...(labels && {
      labels: Object.entries(labels).map(([key, value]) => [key, compileGlob(value)] as const),
    }),
    ...(images && { images: images.map(compileImagePattern) }),
  };
}

export function compileGlobs(sources: readonly string[]): readonly Glob[] {
  return sources.map((source) => compileGlob(source));
}
