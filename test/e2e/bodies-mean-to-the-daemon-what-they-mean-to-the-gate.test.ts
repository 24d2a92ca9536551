import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BodyView } from '../../src/docker-api/body/bodies.ts';
import { readBody } from '../../src/docker-api/body/read-body.ts';
import { CallError } from '../../src/errors.ts';
import { writeCreate } from '../support/body/creatable.ts';
import { DaemonClient } from '../support/body/daemon.ts';
import { Random } from '../support/body/random.ts';
import { PrivateDockerd, whyNoDockerd } from '../support/private-dockerd.ts';

const COUNT = 1_000;
const SEED = Number(process.env['TEST_SEED'] ?? 20_251_124);
/** Creates under way at the same time. */
const AT_ONCE = 8;
const MINUTES_2 = 120_000;

type View = BodyView<'container.create'>;
type Fields = Readonly<Record<string, unknown>>;

function read(bytes: Buffer): View | undefined {
  try {
    return readBody('container.create', undefined, bytes).view;
  } catch (error) {
    if (error instanceof CallError) return undefined;
    throw error;
  }
}

/** What the daemon says where a create said nothing; other fields it fills in for itself. */
const SILENT: Fields = {
  Privileged: false,
  Binds: null,
  CapAdd: null,
  CapDrop: null,
  PidMode: '',
  UTSMode: '',
  UsernsMode: '',
  CgroupParent: '',
  GroupAdd: null,
  DeviceCgroupRules: null,
  Devices: null,
  ReadonlyRootfs: false,
  OomScoreAdj: 0,
  ExtraHosts: null,
  VolumesFrom: null,
};

/** Fields that the daemon keeps as they came, where they came with something in them. */
const KEPT = ['NetworkMode', 'IpcMode', 'MaskedPaths', 'ReadonlyPaths', 'Tmpfs', 'Dns', 'Mounts'];
const KEPT_CONFIG = ['Env', 'Labels', 'User', 'WorkingDir', 'Tty', 'OpenStdin', 'StopTimeout'];

/** An inspection leaves out what is empty (`omitempty`), so what is empty counts as not said. */
function said(value: unknown): unknown {
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return isEmpty ? undefined : (value ?? undefined);
}

function differences(view: View, inspected: Fields): string[] {
  const daemon = inspected['HostConfig'] as Fields;
  const gate: Fields = view.HostConfig ?? {};
  const config = inspected['Config'] as Fields;
  const everywhere = Object.keys(SILENT).filter(
    (name) => !isDeepStrictEqual(plain(daemon[name]), plain(gate[name] ?? SILENT[name])),
  );
  // A privileged container has no masked paths, whatever was said about them.
  const kept = KEPT.filter((name) => said(gate[name]) !== undefined)
    .filter((name) => !(gate['Privileged'] === true && name.endsWith('Paths')))
    .filter((name) => !isContained(plain(gate[name]), plain(daemon[name])));
  const keptConfig = KEPT_CONFIG.filter(
    (name) => said((view as Fields)[name]) !== undefined,
  ).filter((name) => !isContained(plain((view as Fields)[name]), plain(config[name])));
  return [...everywhere, ...kept, ...keptConfig];
}

function plain(value: unknown): unknown {
  return said(value) === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}

/** The daemon may add (an image's variables, a zero value), never take away or change. */
function isContained(gate: unknown, daemon: unknown): boolean {
  if (typeof gate !== 'object' || gate === null || typeof daemon !== 'object' || daemon === null) {
    return isDeepStrictEqual(gate, daemon);
  }
  const found: Fields = { ...daemon };
  return Object.entries(gate).every(([key, value]) => isContained(value, found[key]));
}

const missing = whyNoDockerd();
if (missing !== undefined && process.env['CI'] === 'true') throw new Error(missing);
if (missing !== undefined) console.log(`skipped: no bodies are sent to a real daemon: ${missing}`);

describe.skipIf(missing !== undefined)(`${COUNT} bodies of container create`, () => {
  const dockerd = new PrivateDockerd([], true);
  let client: DaemonClient;

  beforeAll(async () => {
    await dockerd.start();
    client = new DaemonClient(dockerd.socket);
    await client.importEmptyImage('empty');
  });
  afterAll(async () => {
    client.close();
    await dockerd.remove();
  });

  const created = async (bytes: Buffer): Promise<Fields | undefined> => {
    const answer = await client.call('POST', '/containers/create', bytes);
    if (answer.status !== 201) {
      // It may not like what is asked for; it has understood it.
      expect(answer.text).not.toMatch(/json|unmarshal|invalid character|EOF/i);
      return undefined;
    }
    const { Id: id } = JSON.parse(answer.text) as { Id: string };
    const { text } = await client.call('GET', `/containers/${id}/json`);
    return JSON.parse(text) as Fields;
  };

  it(
    'mean to a real daemon what they mean to the gate, or the gate refuses them',
    async () => {
      const random = new Random(SEED);
      const counts = { refused: 0, created: 0 };
      const different: string[] = [];
      const documents = Array.from({ length: COUNT }, () => writeCreate('empty', random));
      const ask = async (bytes: Buffer): Promise<void> => {
        const view = read(bytes);
        if (view === undefined) counts.refused += 1;
        const inspected = view && (await created(bytes));
        if (view === undefined || inspected === undefined) return;
        counts.created += 1;
        const fields = differences(view, inspected);
        if (fields.length > 0) different.push(`${fields.join()}: ${bytes.toString()}`);
      };
      const left = documents.values();
      const worker = async (): Promise<void> => {
        for (const bytes of left) await ask(bytes);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      console.log(`TEST_SEED=${SEED}: ${JSON.stringify(counts)} of ${COUNT}`);
      expect(different.slice(0, 10)).toEqual([]);
      expect(counts.created).toBeGreaterThan(0.5 * COUNT);
      expect(counts.refused).toBeGreaterThan(0);
    },
    MINUTES_2,
  );

  it('are refused with a field of HostConfig at the top, which an old daemon obeys', async () => {
    const bytes = Buffer.from('{"Image":"empty","Privileged":true}');
    expect(read(bytes)).toBeUndefined();
    const { text } = await client.call('GET', '/version');
    const { Version: version } = JSON.parse(text) as { Version: string };
    const { Privileged: obeyed } = (await created(bytes))?.['HostConfig'] as Fields;
    console.log(`dockerd ${version} ${obeyed === true ? 'obeys' : 'ignores'} it`);
    if (version.startsWith('20.10.')) expect(obeyed).toBe(true);
  });
});
