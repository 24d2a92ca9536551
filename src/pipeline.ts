import type { CallTrail } from './audit/trail.ts';
import type { ResolvedCall } from './authorize/authorize.ts';
import type { Judge } from './authorize/judge.ts';
import type { Operation } from './docker-api/operation.ts';
import { toCallError, type CallError } from './errors.ts';
import type { Exchange, Outcome } from './exchange.ts';
import type { HijackCall } from './hijack/hijack.ts';
import type { WithBody } from './understand/body.ts';
import type { Understood } from './understand/understand.ts';

/** The stages of a call, in the order in which it passes them. */
export interface Stages {
  /** Opens the call's page in the trail. */
  readonly open: (exchange: Exchange) => CallTrail;
  /** Is the caller still who the handshake said? Throws `CERTIFICATE_REFUSED`. */
  readonly identify: (exchange: Exchange) => void;
  /** What is asked, read as the daemon reads it. Throws where that is in doubt. */
  readonly understand: (exchange: Exchange) => Understood;
  /** The policy as it is now, with the call before it; undefined where there is none. */
  readonly judge: (exchange: Exchange, operation: Operation) => Judge | undefined;
  /** What its body says, where somebody needs to know. Throws where that is in doubt. */
  readonly readBody: (
    exchange: Exchange,
    call: Understood,
    judge: Judge | undefined,
  ) => WithBody | Promise<WithBody>;
  /** What it is about, in the daemon's words; from here on it goes by ids. Throws where in doubt. */
  readonly resolve: (
    exchange: Exchange,
    call: WithBody,
    judge: Judge | undefined,
    trail: CallTrail,
  ) => ResolvedCall | Promise<ResolvedCall>;
  /** May the caller do that, and how much of it? Throws `POLICY_REFUSED`. */
  readonly authorize: (call: ResolvedCall, judge: Judge | undefined, trail: CallTrail) => WithBody;
  readonly forward: (exchange: Exchange, call: WithBody) => Promise<Outcome>;
  readonly hijack: (exchange: Exchange, call: HijackCall) => Promise<Outcome>;
  /** Tells the client why its call was not served. */
  readonly refuse: (exchange: Exchange, error: CallError) => Promise<Outcome>;
}

/**
 * One call's way through the gate. Every doubt is a refusal, every call has its line in the trail,
 * and nothing reaches the daemon before both.
 */
export function createPipeline(stages: Stages): (exchange: Exchange) => Promise<void> {
  return async function handle(exchange) {
    const trail = stages.open(exchange);
    try {
      stages.identify(exchange);
      const understood = stages.understand(exchange);
      trail.understood(understood.operation);
      const judge = stages.judge(exchange, understood.operation);
      const read = await stages.readBody(exchange, understood, judge);
      if (read.body !== undefined) trail.body(read.body);
      const resolved = await stages.resolve(exchange, read, judge, trail);
      const call = stages.authorize(resolved, judge, trail);
      await trail.intend(call.operation);
      const outcome = call.hijack
        ? await stages.hijack(exchange, call)
        : await stages.forward(exchange, call);
      trail.close(outcome);
    } catch (error) {
      const refusal = toCallError(error);
      // A limit leaves the connection open, once Node has read the whole of the request before it.
      if (refusal.code === 'TOO_MANY') await Promise.resolve();
      trail.close(await stages.refuse(exchange, refusal));
    }
  };
}
