import { expect } from 'vitest';
import { within } from '../fake/within.ts';
import { useGate, type GateOptions, type TestGate } from '../gate.ts';
import type { LogLine } from '../log-lines.ts';
import type { ClientOptions, RawClient } from '../raw-client.ts';
import { takeStock, untilStockIs, withoutGate, type Stock } from './stock.ts';

/** How long a line may take after what it tells of. */
const LINE_MS = 20_000;

/** A gate to which something happens, and which must be as before when it is over. */
export class Scene {
  readonly test: TestGate;
  readonly #before: Stock;
  readonly #clients: RawClient[] = [];

  constructor(test: TestGate) {
    this.test = test;
    // Closed behind the answer, so that no idle connection hides a leaked one.
    test.daemon.on('GET /_ping', (call) => call.answer(200, [['Connection', 'close']], 'OK'));
    this.#before = takeStock(test.daemon);
  }

  readonly connect = async (options?: Partial<ClientOptions>): Promise<RawClient> => {
    const client = await this.test.connect(options);
    this.#clients.push(client);
    return client;
  };

  /** A call by somebody else, on a connection of its own, that has to be served. */
  async serves(): Promise<void> {
    const client = await this.connect();
    const answer = await within(LINE_MS, client.call('GET', '/_ping'));
    expect(answer.body.toString()).toBe('OK');
    client.destroy();
  }

  /**
   * Ends the scene, and expects of it: one `call` line for each of `expected` and for each ping of
   * `serves`, and no other; a next call that works; nothing left of descriptors, sockets, timers and
   * connections to the daemon, neither now nor once the gate has stopped.
   */
  async isOver(expected: readonly LogLine[]): Promise<void> {
    const { audit, daemon, gate } = this.test;
    for (const client of this.#clients) client.destroy();
    for (const values of expected) await this.#line(values);
    await this.serves();
    await this.#line({ action: 'system.ping', status: 200, end: 'complete' });
    await untilStockIs(this.#before, daemon);
    const others = audit
      .having({ event: 'call' })
      .filter((line) => line['action'] !== 'system.ping');
    const asked = expected.filter((line) => line['action'] !== 'system.ping');
    expect(others).toHaveLength(asked.length);
    this.#expectIds();
    await gate.stop(0);
    await untilStockIs(withoutGate(this.#before), daemon);
  }

  async #line(values: LogLine): Promise<void> {
    const { audit } = this.test;
    await within(LINE_MS, audit.next({ event: 'call', ...values })).catch(() => {
      expect(audit.having({ event: 'call' }), 'the lines so far').toContainEqual(
        expect.objectContaining(values),
      );
      throw new Error(`too few lines with ${JSON.stringify(values)}`);
    });
  }

  /** Each call has an id of its own, and each start has its end. */
  #expectIds(): void {
    const idsOf = (event: string) => this.test.audit.having({ event }).map((line) => line['id']);
    const ended = idsOf('call');
    expect(new Set(ended).size).toBe(ended.length);
    for (const id of idsOf('intent')) expect(ended).toContain(id);
  }
}

/** To be called once at the top of a test file. */
export function useScene(): (options?: GateOptions) => Promise<Scene> {
  const start = useGate();
  return async (options) => new Scene(await start(options));
}
