import type { Exchange } from '../exchange.ts';
import { tooLate } from './body-errors.ts';
import { readUpgradeBody, type BodyFraming, type HijackBody } from './hijack-body.ts';
import { readParsedBody } from './parsed-body.ts';

/** How much of a body is taken, and how long it may take to arrive. */
export interface ReceiveLimits {
  readonly bytes: number;
  readonly ms: number;
}

/**
 * Receives the body of a call whole, before anything goes upstream, however Node hands it over.
 * Sends `100 Continue` where the client waits for it.
 *
 * @throws CallError `BODY_TOO_LARGE`; `REQUEST_MALFORMED` where the body is broken off or dawdles;
 * `CONNECTION_OVER` where the client went.
 */
export async function receiveBody(
  { request, upgrade, response, expectsContinue }: Exchange,
  framing: BodyFraming,
  { bytes, ms }: ReceiveLimits,
): Promise<HijackBody> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(tooLate(ms));
  }, ms);
  try {
    if (upgrade !== undefined) {
      return await readUpgradeBody(request, upgrade, framing, bytes, late.signal);
    }
    if (expectsContinue) response.writeContinue();
    return {
      body: await readParsedBody(request, bytes, late.signal),
      early: Buffer.alloc(0),
    };
  } finally {
    clearTimeout(timer);
  }
}
