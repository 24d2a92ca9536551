import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { blocksOf } from '../../src/audit/read/blocks.ts';
import { findTrail } from '../../src/audit/read/files.ts';
import { startGateProcess } from '../support/built-gate.ts';
import { expectValidEvent } from '../support/event-schema.ts';
import { startFakeDockerd } from '../support/fake-dockerd.ts';
import { connectRaw } from '../support/raw-client.ts';
import { createThrowawayCa } from '../support/throwaway-ca.ts';
import { verifyLog } from '../unit/helpers/audit.ts';
import { random } from '../unit/helpers/random.ts';

/** `npm run test:long` kills 200 times. */
const KILLS = Number(process.env['TEST_KILLS'] ?? 10);
const CLIENTS = 6;
const MODES = [
  ['--audit-durability', 'write'],
  ['--audit-durability', 'buffer'],
  ['--audit-durability', 'fsync'],
];
/** Small enough that files are rotated and compressed while the gate is killed. */
const ROTATION = [
  ...['--audit-max-size', '20k', '--audit-checkpoint-lines', '20'],
  // Every line is looked for at the end.
  ...['--audit-keep', '0'],
];

const cleanups: (() => unknown)[] = [];
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

it(
  `has a line for every call that the daemon heard of, after ${KILLS} kills under load, and one whole chain`,
  { timeout: 30_000 + KILLS * 5_000 },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'dockgate-kill-'));
    cleanups.push(() => rm(directory, { recursive: true }));
    const daemon = await startFakeDockerd();
    cleanups.push(() => daemon.dispose());
    const heard = new Set<string>();
    daemon.on(
      () => true,
      async (call) => {
        // The gate asks on its own behalf too.
        if (call.method === 'POST') heard.add(call.target);
        await call.answer(204, []);
      },
    );
    const ca = await createThrowawayCa();
    const certsDir = await ca.writeCertsDir(join(directory, 'certs'));
    const leaf = await ca.client('alice');
    const auditLog = join(directory, 'logs', 'audit.jsonl');
    const chance = random('kills');

    for (let turn = 0; turn < KILLS; turn += 1) {
      const args = [...(MODES[turn % MODES.length] ?? []), ...ROTATION];
      const options = { certsDir, auditLog, socketPath: daemon.socketPath, args };
      const gate = await startGateProcess(options);
      const loads = Array.from({ length: CLIENTS }, async (_, client) => {
        const raw = await connectRaw({ port: gate.port, ca: ca.cert, leaf });
        cleanups.push(() => {
          raw.destroy();
        });
        for (let at = 0; ; at += 1) {
          await raw.call('POST', `/v1.47/containers/k${turn}-${client}-${at}/start`);
        }
      });
      // Every client ends with the gate.
      const load = Promise.allSettled(loads);
      const before = heard.size;
      while (heard.size < before + CLIENTS) await pause(1);
      await pause(chance.below(120));
      expect(await gate.stop('SIGKILL')).toBeNull();
      await load;
    }

    const { socketPath } = daemon;
    const last = await startGateProcess({ certsDir, auditLog, socketPath, args: ROTATION });
    expect(await last.stop('SIGTERM')).toBe(0);
    const intended = await pathsOfIntents(auditLog);
    const missing = [...heard].filter((path) => !intended.has(path));
    expect(missing).toEqual([]);
    console.log(`${heard.size} calls, ${intended.size} intents, ${KILLS} kills`);
    expect(heard.size).toBeGreaterThan(KILLS * CLIENTS);
    expect((await verifyLog(auditLog)).problems).toEqual([]);
  },
);

/** Of every file, whatever is compressed; each line is one of the schema, or torn. */
async function pathsOfIntents(auditLog: string): Promise<Set<string>> {
  const paths = new Set<string>();
  for (const file of (await findTrail(auditLog)).flatMap(({ files }) => files)) {
    for await (const { bytes, start, end } of blocksOf(file.path)) {
      for (const text of bytes.toString('latin1', start, end).trimEnd().split('\n')) {
        // A torn line; whether it is owned up to is for the verification to say.
        if (!text.endsWith('}')) continue;
        const line = JSON.parse(text) as Readonly<Record<string, unknown>>;
        expectValidEvent(line);
        if (line['event'] === 'intent') paths.add(String(line['path']));
      }
    }
  }
  return paths;
}
