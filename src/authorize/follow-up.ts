import { readOperation, type Operation } from '../docker-api/operation.ts';
import type { CallBody, TargetFacts } from '../policy/types.ts';

/** A call as far as what it leads to depends on it. */
export interface Call {
  readonly operation: Operation;
  readonly body?: CallBody | undefined;
  readonly facts?: readonly TargetFacts[] | undefined;
}

/** An exec or container that is yet to be made. No object is called like that. */
const TO_COME = '0'.repeat(64);

/** The start of an exec that is created: what has to be known for it is asked at once. */
export function nextOperation({ action }: Operation): Operation | undefined {
  return action === 'exec.create' ? readOperation('POST', `/exec/${TO_COME}/start`) : undefined;
}

/**
 * The call that a client makes next for certain, as far as it can be known: the start of an exec
 * that is created, and the attach to a container whose standard input is to be attached.
 */
export function followUp({ operation, body, facts = [] }: Call): Call | undefined {
  const next = nextOperation(operation);
  if (next !== undefined) {
    const target = facts.find(({ kind }) => kind === 'container');
    const { Detach, Tty } = body?.action === 'exec.create' ? body.view : {};
    return {
      operation: next,
      body: { action: 'exec.start', view: { ...{ Detach, Tty } }, unknownFields: [] } as CallBody,
      facts: target === undefined ? [] : [{ ...target, kind: 'exec', ref: TO_COME, id: TO_COME }],
    };
  }
  if (body?.action === 'container.create' && body.view.AttachStdin === true) {
    const { Labels, Image } = body.view;
    return {
      operation: readOperation('POST', `/containers/${TO_COME}/attach?stream=1&stdin=1`),
      facts: [
        {
          kind: 'container',
          ref: TO_COME,
          id: TO_COME,
          name: operation.subject.names[0] ?? '',
          labels: Labels ?? {},
          image: Image ?? '',
        },
      ],
    };
  }
  return undefined;
}
