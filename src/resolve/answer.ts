import type { ObjectFacts, ObjectKind, Resolution } from './types.ts';

/** What the daemon says of one object, in one shape for all kinds. */
export interface AnsweredReference {
  readonly kind: ObjectKind;
  /** The reference, exactly as it was asked for. */
  readonly ref: string;
  /** The daemon has no such object; all that follows is absent then. */
  readonly missing?: true;
  readonly id?: string;
  /** An exec's name, labels and images are those of its container. */
  readonly name?: string;
  /** Tags and digests of an image. */
  readonly names?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** The reference that a container was made from. */
  readonly image?: string;
  readonly imageId?: string;
  readonly user?: string;
  readonly env?: readonly string[];
  readonly driver?: string;
  readonly options?: Readonly<Record<string, string>>;
}

/** The daemon's answer to a reference; one that was not given counts as missing. */
export function answerTo(
  kind: ObjectKind,
  ref: string,
  resolution: Resolution<ObjectKind> | undefined,
): AnsweredReference {
  if (resolution === undefined || !('found' in resolution)) return { kind, ref, missing: true };
  return { ...describe(resolution.found), kind, ref };
}

function describe(facts: ObjectFacts): Omit<AnsweredReference, 'kind' | 'ref'> {
  switch (facts.kind) {
    case 'exec':
      return { ...describe(facts.container), id: facts.id };
    case 'image':
      return {
        id: facts.id,
        names: [...facts.tags, ...facts.digests],
        user: facts.user,
        env: facts.env,
      };
    default:
      // The kind is written over by that which was asked for.
      return facts;
  }
}
