import type { CallTrail } from './audit/trail.ts';
import { toCallError, type CallError } from './errors.ts';
import type { Exchange, Outcome } from './exchange.ts';
import type { OrdinaryCall } from './forward/forward.ts';
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
  /** What its body says, where the configuration needs to know. Throws where that is in doubt. */
  readonly readBody: (exchange: Exchange, call: Understood) => Promise<WithBody>;
  readonly forward: (exchange: Exchange, call: OrdinaryCall) => Promise<Outcome>;
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
      const call = await stages.readBody(exchange, understood);
      await trail.intend(call.operation);
      const outcome = call.hijack
        ? await stages.hijack(exchange, call)
        : await stages.forward(exchange, call);
      trail.close(outcome);
    } catch (error) {
      trail.close(await stages.refuse(exchange, toCallError(error)));
    }
  };
}
