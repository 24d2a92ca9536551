import fc from 'fast-check';
import { expect, it } from 'vitest';
import { useGate } from '../support/gate.ts';
import {
  answerEverything,
  expectHarmless,
  fuzz,
  FUZZ_TIMEOUT_MS,
} from '../support/security/fuzz.ts';
import { RAW_BYTES, REQUESTS } from '../support/security/generators.ts';

const start = useGate();

it(
  'whatever bytes come through TLS, the daemon is asked no more than Go would read in them',
  { timeout: FUZZ_TIMEOUT_MS },
  async () => {
    const gate = await start();
    answerEverything(gate);
    await fc.assert(
      fc.asyncProperty(RAW_BYTES, async (pieces) => {
        await expectHarmless(gate, pieces);
      }),
      fuzz(150),
    );
    expect(gate.log.having({ msg: 'a call failed inside dockgate' })).toEqual([]);
  },
);

it(
  'whatever heads come, the daemon is asked no more than Go would read in them',
  { timeout: FUZZ_TIMEOUT_MS },
  async () => {
    const gate = await start();
    answerEverything(gate);
    let asked = 0;
    await fc.assert(
      fc.asyncProperty(REQUESTS, async (pieces) => {
        asked += (await expectHarmless(gate, pieces)).calls.length;
      }),
      fuzz(250),
    );
    expect(gate.log.having({ msg: 'a call failed inside dockgate' })).toEqual([]);
    // Else nothing would have been tried.
    expect(asked).toBeGreaterThan(0);
  },
);
