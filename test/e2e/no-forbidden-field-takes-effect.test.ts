import { afterAll, beforeAll, expect, it } from 'vitest';
import { DaemonClient } from '../support/body/daemon.ts';
import { Random } from '../support/body/random.ts';
import { endToEndGate } from '../support/e2e/suite.ts';
import { Attacker, startDaemonGate, type DaemonGate } from '../support/policy/daemon-gate.ts';
import {
  EVIL_VOLUME,
  powersOf,
  someHarmless,
  somePowers,
  VICTIM,
  type Fields,
} from '../support/policy/powers.ts';
import { spellCreate } from '../support/policy/spellings.ts';

/** More of them with `npm run test:long`. */
const COUNT = Number(process.env['FUZZ_CASES'] ?? 1_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_124);
const AT_ONCE = 6;
const IMAGE = 'fuzz-empty';

/** May create plain containers, and no other. */
const POLICY = `
users: [{ user: alice, roles: [plain] }]
roles:
  plain:
    allow: [container.create]
    constraints: { volumes: ['*'], labels: ['*'], log-options: ['max-size=*'] }
`;
/** The same with the inspection of what is created switched off. */
const UNINSPECTED = `
users: [{ user: alice, roles: [plain] }]
roles:
  plain:
    allow: [container.create]
    unconstrained: true
`;

interface Counts {
  readonly powers: string[];
  reached: number;
  created: number;
  asked: number;
}

endToEndGate('creates of every spelling through a role that forbids privilege', (world) => {
  const daemon = new DaemonClient(world.socket);

  const post = async (path: string, body: Fields): Promise<void> => {
    const { status, text } = await daemon.call('POST', path, Buffer.from(JSON.stringify(body)));
    if (status >= 300) throw new Error(`${path}: ${text}`);
  };

  beforeAll(async () => {
    await daemon.importEmptyImage(IMAGE);
    const DriverOpts = { type: 'none', o: 'bind', device: '/' };
    await post('/volumes/create', { Name: EVIL_VOLUME, Driver: 'local', DriverOpts });
    await post(`/containers/create?name=${VICTIM}`, {
      Image: IMAGE,
      HostConfig: { Binds: ['of-victim:/secret'], IpcMode: 'shareable' },
    });
  });
  afterAll(async () => {
    await daemon.call('DELETE', `/containers/${VICTIM}?force=1`);
    for (const volume of [EVIL_VOLUME, 'harmless', 'of-victim']) {
      await daemon.call('DELETE', `/volumes/${volume}`);
    }
    await daemon.call('DELETE', `/images/${IMAGE}`);
    daemon.close();
  });

  /** What a container has that nobody asked anything for: the daemon's own defaults. */
  async function plainPowers(): Promise<ReadonlySet<string>> {
    const path = '/containers/create?name=plain';
    await post(path, { Image: IMAGE, HostConfig: {} });
    const { text } = await daemon.call('GET', '/containers/plain/json');
    await daemon.call('DELETE', '/containers/plain');
    return new Set(powersOf(JSON.parse(text) as Fields));
  }

  /** What came of so many cases through a gate. */
  async function run(policy: string, count: number): Promise<Counts> {
    const counts: Counts = { powers: [], reached: 0, created: 0, asked: 0 };
    const gate = await startDaemonGate(world.socket, policy);
    const random = new Random(SEED);
    const cases = Array.from({ length: count }, () => {
      const isAsking = random.chance(0.36);
      if (isAsking) counts.asked += 1;
      const wanted = { ...someHarmless(random), ...(isAsking ? somePowers(random) : {}) };
      return spellCreate(IMAGE, wanted, someHarmless(random), random);
    });
    const next = cases.values();
    const usual = await plainPowers();
    const worker = () => work(gate, next, usual, counts);
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    await gate.close();
    return counts;
  }

  async function work(
    gate: DaemonGate,
    cases: Iterator<ReturnType<typeof spellCreate>>,
    usual: ReadonlySet<string>,
    counts: Counts,
  ): Promise<void> {
    const attacker = new Attacker(gate);
    const direct = new DaemonClient(world.socket);
    for (let step = cases.next(); step.done !== true; step = cases.next()) {
      const { status, text, isFromDaemon } = await attacker.send(step.value);
      if (isFromDaemon) counts.reached += 1;
      if (status !== 201) continue;
      counts.created += 1;
      const { Id: id } = JSON.parse(text) as { Id: string };
      const inspection = await direct.call('GET', `/containers/${id}/json`);
      const powers = powersOf(JSON.parse(inspection.text) as Fields).filter(
        (power) => !usual.has(power),
      );
      if (powers.length > 0) {
        counts.powers.push(`${powers.join(', ')} by ${step.value.body.toString()}`);
      }
      await direct.call('DELETE', `/containers/${id}?v=1`);
    }
    attacker.close();
    direct.close();
  }

  it(`gives nobody a power that it forbids: ${COUNT} cases`, { timeout: 3_600_000 }, async () => {
    const { powers, ...counts } = await run(POLICY, COUNT);
    console.log(`FUZZ_SEED=${SEED}: ${JSON.stringify(counts)} of ${COUNT}`);
    expect(powers.slice(0, 10)).toEqual([]);
    expect(counts.reached).toBeGreaterThanOrEqual(0.3 * COUNT);
    expect(counts.created).toBeGreaterThan(0.2 * COUNT);
  });

  it('joins no network that an endpoint names besides the one that is allowed', async () => {
    const networks = ['fuzz-own', 'fuzz-other'];
    for (const Name of networks) await post('/networks/create', { Name });
    const { text } = await daemon.call('GET', '/networks/fuzz-other');
    const { Id: NetworkID } = JSON.parse(text) as { Id: string };
    const create = async (policy: string): Promise<number> => {
      const gate = await startDaemonGate(world.socket, policy);
      const attacker = new Attacker(gate);
      const NetworkingConfig = { EndpointsConfig: { 'fuzz-own': { NetworkID } } };
      const { status } = await attacker.send({
        target: '/containers/create?name=joined',
        headers: [['Content-Type', 'application/json']],
        body: Buffer.from(JSON.stringify({ Image: IMAGE, NetworkingConfig })),
        isChunked: false,
      });
      attacker.close();
      await gate.close();
      return status;
    };
    expect(await create(POLICY.replace('{ volumes', "{ networks: ['fuzz-own'], volumes"))).toBe(
      403,
    );
    expect(await create(UNINSPECTED)).toBe(201);
    const joined = await daemon.call('GET', '/containers/joined/json');
    expect(joined.text).toContain(`"NetworkID":"${NetworkID}"`);
    await daemon.call('DELETE', '/containers/joined');
    for (const name of networks) await daemon.call('DELETE', `/networks/${name}`);
  });

  it('would give them, if what is created were not inspected', async () => {
    const { powers } = await run(UNINSPECTED, 60);
    expect(powers.length).toBeGreaterThan(5);
  });
});
