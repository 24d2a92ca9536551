import type { Random } from '../../../test/support/body/random.ts';
import type { Door } from '../peers.ts';
import type { Stage } from '../stage.ts';
import type { Windows } from '../windows.ts';

/** What a fault may use. */
export interface Scene {
  readonly stage: Stage;
  readonly windows: Windows;
  readonly random: Random;
  readonly door: Door;
  readonly users: readonly string[];
  /** Counts something for the table, under the fault's name. */
  readonly count: (what: string, by?: number) => void;
  /** Something that should have happened did not. */
  readonly fail: (what: string) => void;
  /**
   * A User-Agent for one call, of which the trail has to have one line.
   *
   * @param end what `end` has to say there; undefined: anything.
   */
  readonly mark: (end?: string) => string;
  /** That user's clients take up the certificate that is there now. */
  readonly reconnect: (user: string) => void;
  /** Two clients of a new user. */
  readonly addGuests: (user: string) => void;
  readonly revoked: (user: string) => void;
}

export type Fault = (scene: Scene) => Promise<void>;

/** How long the gate may take to take up files that changed. */
export const TAKE_UP_MS = 5_000;
