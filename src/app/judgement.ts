import type { CallTrail } from '../audit/trail.ts';
import { authorize, type ResolvedCall } from '../authorize/authorize.ts';
import { callerOf, judgeOf, type Bench, type Judge } from '../authorize/judge.ts';
import type { Operation } from '../docker-api/operation.ts';
import { CallError } from '../errors.ts';
import { userKey } from '../identity/types.ts';
import type { CallTarget, Connection, Exchange } from '../exchange.ts';
import { endToEnd } from '../http/headers.ts';
import type { Stages } from '../pipeline.ts';
import { bareName, existingKind } from '../resolve/references.ts';
import { resolveCall } from '../resolve/resolve-call.ts';
import type { Resolver } from '../resolve/resolver.ts';
import type { TargetFacts } from '../policy/types.ts';
import type { WithBody } from '../understand/body.ts';
import type { Allowance } from './usage.ts';

interface JudgementOptions {
  /** The policy as it is now; undefined where there is none. */
  readonly bench: () => Bench | undefined;
  readonly resolver: Resolver;
  /** ms since the epoch. */
  readonly now: () => number;
}

/**
 * The stages that a policy adds to a call's way. Without a policy they let it pass as it is, and
 * ask nobody anything.
 */
export function createJudgement({
  bench,
  resolver,
  now,
}: JudgementOptions): Pick<Stages, 'judge' | 'resolve' | 'authorize'> {
  return {
    judge: ({ connection }, operation) => {
      const current = bench();
      return current && judgeOf(current, connection, operation, now());
    },
    resolve: (exchange, call, judge, trail) =>
      judge?.needs.facts === true ? resolveFor(resolver, { exchange, call, judge, trail }) : call,
    authorize: (call, judge, trail) => {
      if (judge === undefined) return call;
      return authorize(judge, call, (verdict) => {
        trail.decided(verdict);
      });
    },
  };
}

/** What a caller may take at a time; none where there is no policy. */
export function allowancesOf(
  bench: Bench | undefined,
  connection: Connection,
  now: number,
): readonly Allowance[] {
  if (bench === undefined) return [];
  const limits = bench.policy.limits(callerOf(connection, now));
  if (limits.length === 0) return [];
  const { identity } = connection;
  return limits.map(({ role, ...limits }) =>
    role === undefined
      ? { ...limits, key: `user ${userKey(identity)}`, holder: `user ${identity.user}` }
      : { ...limits, key: `role ${role}`, holder: `the role ${role}` },
  );
}

interface Resolvable {
  readonly exchange: Exchange;
  readonly call: WithBody;
  readonly judge: Judge;
  readonly trail: CallTrail;
}

async function resolveFor(
  resolver: Resolver,
  { exchange, call, judge, trail }: Resolvable,
): Promise<ResolvedCall> {
  const resolved = await resolve(resolver, call, judge);
  const target = ownFacts(call.operation, resolved.facts ?? []);
  if (target !== undefined) trail.target(targetOf(target));
  checkStillThere(exchange);
  return resolved;
}

async function resolve(resolver: Resolver, call: WithBody, judge: Judge): Promise<ResolvedCall> {
  const { facts, target, rewritten } = await resolveCall(
    resolver,
    call,
    judge.references(call.body),
  );
  const upstream = { ...call.upstream, target };
  if (rewritten === undefined || call.received === undefined) return { ...call, upstream, facts };
  return {
    ...call,
    facts,
    received: { ...call.received, body: rewritten },
    // A call that may be hijacked gets its length when it is sent.
    upstream: call.hijack
      ? upstream
      : { ...upstream, headers: withLength(upstream.headers, rewritten) },
  };
}

function withLength(headers: readonly string[], body: Buffer): string[] {
  return [...endToEnd(headers, ['content-length']), 'Content-Length', String(body.length)];
}

/** What the daemon says of the object that the call is about; it may have been asked about others in its body. */
function ownFacts(operation: Operation, facts: readonly TargetFacts[]): TargetFacts | undefined {
  const wanted = existingKind(operation);
  const [name] = operation.subject.names;
  if (wanted === undefined || name === undefined) return undefined;
  const reference = bareName(wanted, name);
  return facts.find(
    ({ kind, ref, missing }) => kind === wanted && ref === reference && missing !== true,
  );
}

function targetOf({ kind, id, name, image }: TargetFacts): CallTarget {
  return { kind, id, name, image };
}

/** Nothing is done for a client that went while the daemon was asked. */
function checkStillThere({ upgrade, request }: Exchange): void {
  if (!(upgrade?.socket ?? request.socket).destroyed) return;
  throw new CallError('CONNECTION_OVER', 'the client went before its call was decided');
}
