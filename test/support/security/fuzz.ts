import { expect } from 'vitest';
import type { DaemonCall } from '../fake/daemon-call.ts';
import { within } from '../fake/within.ts';
import type { TestGate } from '../gate.ts';
import type { LogLine } from '../log-lines.ts';
import { expectAlive, HANG_MS, quiet, remoteOf } from './attack.ts';
import { readAsGo } from './as-go.ts';

/** Of every fuzz test; a failure is found again with it. */
const SEED = 20_261_124;

/** What fast-check is told: DOCKGATE_FUZZ_RUNS asks for more runs of each than a working day has. */
export function fuzz(numRuns: number): { readonly seed: number; readonly numRuns: number } {
  const asked = Number(process.env['DOCKGATE_FUZZ_RUNS'] ?? numRuns);
  console.info(`fuzz: seed ${SEED}, ${asked} runs`);
  return { seed: SEED, numRuns: asked };
}

/** Enough for the runs that are asked for. */
export const FUZZ_TIMEOUT_MS = process.env['DOCKGATE_FUZZ_RUNS'] === undefined ? 60_000 : 3_600_000;

/** What came of one connection's bytes. */
export interface Played {
  readonly received: string;
  readonly calls: readonly DaemonCall[];
  readonly lines: readonly LogLine[];
}

/** Lets the daemon answer whatever it is asked, whole or not, as Go's handlers do. */
export function answerEverything({ daemon }: TestGate): void {
  daemon.on(
    () => true,
    async (call) => {
      await call.body.readAll();
      if (call.body.isComplete) await call.json(200, {});
      else call.breakOff();
    },
  );
}

/** Sends the pieces on a connection of its own, ends it, and waits for the gate to end it too. */
export async function play(gate: TestGate, pieces: readonly Buffer[]): Promise<Played> {
  const before = { calls: gate.daemon.calls.all.length, lines: gate.audit.all.length };
  const client = await within(HANG_MS, gate.connect());
  // Else the kernel keeps small pieces for 40 ms, in which all seems quiet.
  client.socket.setNoDelay(true);
  const remote = remoteOf(client);
  await within(HANG_MS, client.sendPieces(pieces));
  await quiet(gate, () => client.socket.bytesRead);
  client.end();
  const received = (await within(HANG_MS, client.source.readAll())).toString('latin1');
  client.destroy();
  await quiet(gate, () => client.socket.bytesRead);
  return {
    received,
    calls: gate.daemon.calls.all.slice(before.calls),
    // Ports are used again: only the lines since then are this connection’s.
    lines: gate.audit.all
      .slice(before.lines)
      .filter((line) => line['event'] === 'call' && line['remote'] === remote),
  };
}

/**
 * What holds whatever a client sends: nothing malformed goes up; the daemon is asked what Go would
 * have read in the client's bytes, in that order, and never more; what was asked or answered has
 * its line; the next client is served.
 */
export async function expectHarmless(gate: TestGate, pieces: readonly Buffer[]): Promise<Played> {
  const played = await play(gate, pieces);
  expect(gate.daemon.malformed).toEqual([]);
  const requests = await readAsGo(Buffer.concat(pieces));
  expect(played.calls.length).toBeLessThanOrEqual(requests.length);
  for (const [at, call] of played.calls.entries()) {
    const request = requests[at];
    expect(call.method).toBe(request?.method);
    expect(plain(call.target)).toBe(plain(request?.target ?? ''));
    const body = await call.body.readAll();
    expect(body).toHaveLength(0);
    if (call.body.isComplete) expect(call.body.byteCount).toBe(request?.body.length);
  }
  expectRecorded(played);
  await expectAlive(gate);
  return played;
}

function expectRecorded({ received, calls, lines }: Played): void {
  const answers = received.match(/^HTTP\/1\.1 [2-5]/gm) ?? [];
  expect(lines.length).toBeGreaterThanOrEqual(answers.length);
  expect(new Set(lines.map((line) => line['id'])).size).toBe(lines.length);
  const served = lines.filter((line) => line['end'] !== 'refused');
  for (const call of calls) {
    const path = call.target.replace(/\?.*/s, '');
    const same = (line: LogLine): boolean =>
      line['method'] === call.method && line['path'] === path;
    const asked = calls.filter(
      (other) => other.method === call.method && other.target.replace(/\?.*/s, '') === path,
    );
    expect(served.filter(same).length).toBeGreaterThanOrEqual(asked.length);
  }
}

/** A target with nothing escaped in its path and no empty query: what it means, whoever wrote it. */
function plain(target: string): string {
  const [path = '', ...query] = target.split('?');
  const decoded = path.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return [decoded, ...query].join('?').replace(/^([^?]*)\?$/, '$1');
}
