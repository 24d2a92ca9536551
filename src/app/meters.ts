import { CallMeter } from '../monitor/call-meter.ts';
import { SAMPLE_RESULTS, type SampleResult } from '../monitor/containers/sampler.ts';
import { Tally } from '../monitor/tally.ts';
import { HANDSHAKES, type HandshakeOutcome } from './handshakes.ts';
import { RELOADS } from './metered-trail.ts';

/** What is counted while the gate runs; everything else is looked up when somebody asks. */
export interface Meters {
  readonly calls: CallMeter;
  readonly handshakes: Tally<HandshakeOutcome>;
  readonly reloads: Tally<(typeof RELOADS)[number]>;
  readonly cuts: Tally<'cut'>;
  readonly samples: Tally<SampleResult>;
}

export function createMeters(): Meters {
  return {
    calls: new CallMeter(),
    handshakes: new Tally(HANDSHAKES),
    reloads: new Tally(RELOADS),
    cuts: new Tally(['cut']),
    samples: new Tally(SAMPLE_RESULTS),
  };
}
