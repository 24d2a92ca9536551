import { wantedAnswer } from '../audit/answers.ts';
import type { Exchange, Outcome } from '../exchange.ts';
import type { OrdinaryCall } from '../forward/forward.ts';
import type { WithBody } from '../understand/body.ts';

type Forward = (exchange: Exchange, call: OrdinaryCall) => Promise<Outcome>;

/** Forwards so that the trail sees those answers that say what a call made, or waited for. */
export function withAnswers(forward: Forward) {
  return (exchange: Exchange, call: WithBody) => {
    const keepAnswer = wantedAnswer(call.operation.action);
    return forward(exchange, keepAnswer === undefined ? call : { ...call, keepAnswer });
  };
}
