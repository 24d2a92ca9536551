import { CallError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import {
  readParsedBody,
  readUpgradeBody,
  type BodyFraming,
  type HijackBody,
} from './hijack-body.ts';

/** How much of a body is taken, and how long it may take to arrive. */
export interface ReceiveLimits {
  readonly bytes: number;
  readonly ms: number;
}

/**
 * Receives the body of a call whole, before anything goes upstream, however Node hands it over.
 * Sends `100 Continue` where the client waits for it.
 *
 * @throws CallError `BODY_TOO_LARGE`, or `REQUEST_MALFORMED` where the body is broken off or dawdles.
 */
export async function receiveBody(
  exchange: Exchange,
  framing: BodyFraming,
  { bytes, ms }: ReceiveLimits,
): Promise<HijackBody> {
  const body = readBody(exchange, framing, bytes);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const reason = `refused: the body of this call did not arrive within ${ms / 1000} s`;
      reject(new CallError('REQUEST_MALFORMED', reason));
    }, ms);
  });
  try {
    return await Promise.race([body, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function readBody(
  { request, upgrade, response, expectsContinue }: Exchange,
  framing: BodyFraming,
  limit: number,
): Promise<HijackBody> {
  if (upgrade !== undefined) return readUpgradeBody(request, upgrade, framing, limit);
  if (expectsContinue) response.writeContinue();
  return { body: await readParsedBody(request, limit), early: Buffer.alloc(0) };
}
