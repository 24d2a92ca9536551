import type { Action } from '../docker-api/effects.ts';
import { repoTagReference } from '../docker-api/image-reference.ts';
import type { Operation } from '../docker-api/operation.ts';
import type { CallBody, Reference, TargetFacts } from './types.ts';

/** An object that a call is about. */
export interface CallObject extends Reference {
  /** What is known of an object that the call itself makes, or gives this name. */
  readonly made?: TargetFacts | undefined;
  /** True for the name that a container is to have from now on; all else of it stays as it is. */
  readonly isRenaming?: true | undefined;
  /** True where the daemon looks the image up, by its id too; false where the name is a name. */
  readonly isLookedUp?: true | undefined;
  /** True where an image without a tag is all of its tags. */
  readonly isEveryTag?: true | undefined;
}

/**
 * Every object that a call names, in path, query and body, of the kinds that rules can select.
 * A call about all objects of a kind names none. One whose objects cannot be seen (an archive of
 * images) names one that nobody can know.
 *
 * @param body undefined where it has not been read; what it names is missing then.
 */
export function objectsOf(operation: Operation, body: CallBody | undefined): readonly CallObject[] {
  return [...named(operation, body), ...namedBesides(operation, body)];
}

/** Where an image's name is only a name: the daemon looks up no id. */
const BY_NAME: ReadonlySet<Action> = new Set<Action>([
  'image.build',
  'image.pull',
  'image.import',
  'image.push',
  'distribution.inspect',
]);

function named(operation: Operation, body: CallBody | undefined): readonly CallObject[] {
  const { action, subject } = operation;
  const from = IN_QUERY.has(action) ? 'query' : 'path';
  switch (subject.kind) {
    case 'container':
      if (action === 'container.create') return [newContainer(operation, body)];
      return subject.names.map((ref) => ({ kind: 'container', ref: bare(ref), from }));
    case 'exec':
    case 'network':
    case 'volume': {
      const { kind } = subject;
      return subject.names.map((ref) => ({ kind, ref, from }));
    }
    case 'image':
      if (action === 'image.load') return [ARCHIVE];
      return subject.names.map((ref) => ({
        kind: 'image',
        ref,
        from,
        ...(BY_NAME.has(action) ? {} : { isLookedUp: true }),
        ...(EVERY_TAG.has(action) ? { isEveryTag: true } : {}),
      }));
    default:
      return [];
  }
}

/** Where the daemon takes a name without a tag for all of its tags. */
const EVERY_TAG: ReadonlySet<Action> = new Set<Action>(['image.pull', 'image.push', 'image.save']);

/** May be any images, under any names: this is none, so what it matches is never known. */
const ARCHIVE: CallObject = { kind: 'image', ref: 'of any name, in an archive', from: 'body' };

const IN_QUERY: ReadonlySet<Action> = new Set<Action>([
  'image.commit',
  'image.pull',
  'image.import',
  'image.build',
]);

function newContainer({ subject }: Operation, body: CallBody | undefined): CallObject {
  const view = body?.action === 'container.create' ? body.view : undefined;
  // Without a name the daemon makes one up, which no pattern of ours can know.
  const ref = subject.names[0] ?? '';
  const made = view && {
    kind: 'container' as const,
    ref,
    name: ref,
    labels: labelsOf(view.Labels),
    image: view.Image,
  };
  return { kind: 'container', ref, from: 'query', made };
}

function labelsOf(labels: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(labels));
}

/** What stands elsewhere than the call's main object. */
function namedBesides(operation: Operation, body: CallBody | undefined): readonly CallObject[] {
  const { action, query } = operation;
  switch (action) {
    case 'container.rename':
      return [
        {
          kind: 'container',
          ref: bare(query.first('name') ?? ''),
          from: 'query',
          isRenaming: true,
        },
      ];
    case 'image.tag':
    case 'image.commit':
      return target(repoTagReference(query.first('repo') ?? '', query.first('tag') ?? ''));
    case 'network.connect':
    case 'network.disconnect': {
      const isRead = body?.action === 'network.connect' || body?.action === 'network.disconnect';
      const ref = bare((isRead ? body.view.Container : undefined) ?? '');
      return [{ kind: 'container', ref, from: 'body' }, ...preferredNetwork(body)];
    }
    case 'network.create':
      return [newNetwork(nameIn(body))];
    case 'volume.create':
      return [{ kind: 'volume', ref: nameIn(body), from: 'body' }];
    default:
      return [];
  }
}

/** The network that an endpoint names by its id: the daemon prefers that to the path. */
function preferredNetwork(body: CallBody | undefined): readonly CallObject[] {
  const id = body?.action === 'network.connect' ? body.view.EndpointConfig?.NetworkID : undefined;
  return id === undefined || id === '' ? [] : [{ kind: 'network', ref: id, from: 'body' }];
}

function newNetwork(ref: string): CallObject {
  return { kind: 'network', ref, from: 'body', made: { kind: 'network', ref, name: ref } };
}

function target(reference: string | undefined): readonly CallObject[] {
  return reference === undefined ? [] : [{ kind: 'image', ref: reference, from: 'query' }];
}

function nameIn(body: CallBody | undefined): string {
  const isRead = body?.action === 'network.create' || body?.action === 'volume.create';
  return (isRead ? body.view.Name : undefined) ?? '';
}

/** `/web` and `web` are one container (moby daemon/container.go). */
export function bare(name: string): string {
  return name.replace(/^\/(?!\/)/, '');
}
