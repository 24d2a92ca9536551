import type { ListName } from './constraints.ts';
import type { Feature } from './features.ts';
import { report, unless, type At, type Check } from './inspection.ts';

/** What stands in a policy to allow something: `constraints: sysctls: ["net.*"]`. */
export function inConstraints(name: string, value: string): string {
  return `"constraints: ${name}" with ${JSON.stringify(value)}`;
}

/** Zero, or the feature is granted. */
export function feature(name: Feature): Check<unknown> {
  return unless(({ constraints }) => constraints.hasFeature(name), inConstraints('features', name));
}

/** Empty, or what the list of the constraints allows. */
export function listed(list: ListName): Check<string> {
  return (text, at) => {
    if (text !== '') checkListed(list, text, at);
  };
}

export function checkListed(list: ListName, text: string, at: At): void {
  if (at.on.constraints.permits(list, text)) return;
  report(at, `${quoted(text)} is not allowed`, inConstraints(list, shortened(text)));
}

/** The keys of a map, each as the list allows it. */
export function keysListed(list: ListName): Check<object> {
  return (map, { path, on }) => {
    for (const key of Object.keys(map)) {
      if (!on.constraints.permits(list, key)) {
        report(
          { path: `${path}[${JSON.stringify(shortened(key))}]`, on },
          'the key is not allowed',
          inConstraints(list, shortened(key)),
        );
      }
    }
  };
}

/** A value in a message: short, and on one line. */
export function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}

const SHORT = 100;

export function shortened(text: string): string {
  return text.length <= SHORT ? text : `${text.slice(0, SHORT)}…`;
}
