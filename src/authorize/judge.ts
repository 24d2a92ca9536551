import type { Operation } from '../docker-api/operation.ts';
import type { Connection } from '../exchange.ts';
import { LOOPBACK } from '../identity/types.ts';
import { nextOperation } from './follow-up.ts';
import type {
  CallBody,
  Caller,
  Decision,
  Narrowing,
  Needs,
  Policy,
  Question,
  Reference,
  ResolveHostPath,
} from '../policy/types.ts';

/**
 * One policy, as it was when the call came, with one call before it: a policy that is reloaded in
 * the middle of a call must not judge what another one asked about.
 */
export interface Judge {
  readonly needs: Needs;
  references(body: CallBody | undefined): readonly Reference[];
  decide(question: Pick<Question, 'body' | 'facts'> & { operation?: Operation }): Decision;
  narrow(): Narrowing;
}

/** What the judge of a call is made of. */
export interface Bench {
  readonly policy: Policy;
  /** How to see the host's files; undefined where dockgate cannot. */
  readonly resolveHostPath?: ResolveHostPath | undefined;
}

/** @param now ms since the epoch. */
export function judgeOf(
  bench: Bench,
  connection: Connection,
  operation: Operation,
  now: number,
): Judge {
  return judgeFor(bench, callerOf(connection, now), operation);
}

export function judgeFor(
  { policy, resolveHostPath }: Bench,
  caller: Caller,
  operation: Operation,
): Judge {
  const needs = policy.needs(caller, operation);
  const next = nextOperation(operation);
  const nextNeeds = next && policy.needs(caller, next);
  return {
    needs: {
      body: needs.body || nextNeeds?.body === true,
      facts: needs.facts || nextNeeds?.facts === true,
    },
    references: (body) => {
      const asked = policy.references({ caller, operation, body });
      const [name] = operation.subject.names;
      return nextNeeds?.facts !== true || name === undefined
        ? asked
        : [...asked, { kind: 'container', ref: name, from: 'path' }];
    },
    decide: (question) => policy.decide({ caller, operation, resolveHostPath, ...question }),
    narrow: () => policy.narrow(caller, operation),
  };
}

/** Who is calling, as far as a policy looks at it. */
export function callerOf(connection: Connection, now: number): Caller {
  const { user, fingerprint, role, ca } = connection.identity;
  return {
    user,
    fingerprint,
    role,
    // On loopback the user is `monitor` to the policy as one of our own CA is.
    ca: ca === 'own' || ca === LOOPBACK ? undefined : ca,
    address: addressOf(connection),
    now,
  };
}

/** The same for every call of a connection. */
const addresses = new WeakMap<Connection, string>();

function addressOf(connection: Connection): string {
  const known = addresses.get(connection);
  if (known !== undefined) return known;
  const address = connection.remote.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  addresses.set(connection, address);
  return address;
}
