import type { ContainerSelector, Selectors } from '../selectors.ts';
import type { ConstraintSettings } from '../constraints/settings.ts';

type Written = NonNullable<ConstraintSettings['joins']>;

/** A pattern that every name matches: no name is empty. */
export function isEveryName(pattern: string): boolean {
  return /^\*+\??\**$|^\?\*+$/.test(pattern);
}

/** Whether a selector, as it is written, selects every container. */
export function isEvery(selector: Written | undefined): boolean {
  return (
    selector !== undefined &&
    selector.labels === undefined &&
    (selector.names === undefined || selector.names.some(isEveryName)) &&
    (selector.images === undefined || selector.images.includes('**'))
  );
}

function isEveryContainer({ names, labels, images }: ContainerSelector): boolean {
  return isEvery({
    ...(names && { names: names.map(({ source }) => source) }),
    ...(labels && { labels: {} }),
    ...(images && { images: images.map(({ source }) => source) }),
  });
}

/** Whether a rule is about every container: it has no selectors, or some that leave nothing out. */
export function actsEverywhere(selectors: Selectors | undefined): boolean {
  if (selectors === undefined) return true;
  return selectors.containers !== undefined && isEveryContainer(selectors.containers);
}

/** Whether a rule is about every image. */
export function isAboutEveryImage(selectors: Selectors | undefined): boolean {
  return (
    selectors === undefined || selectors.images?.some(({ source }) => source === '**') === true
  );
}
