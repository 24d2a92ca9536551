import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, type TestContext } from 'vitest';
import { startGate, type Gate } from '../../src/app/serve.ts';
import type { Config } from '../../src/config/schema.ts';
import { validateSettings } from '../../src/config/validate.ts';
import type { InventoryEntry } from '../../src/pki/inventory.ts';
import type { Inheritance } from '../../src/sockets/inherited.ts';
import type { BodyNeeds } from '../../src/understand/needs-body.ts';
import { startFakeDockerd, type FakeDockerd } from './fake-dockerd.ts';
import { followLog, LogLines } from './log-lines.ts';
import { connectLocal, connectRaw, type ClientOptions, type RawClient } from './raw-client.ts';
import { createThrowawayCa, type Issued, type ThrowawayCa } from './throwaway-ca.ts';

export interface GateOptions extends Partial<Config> {
  /** The gate's clock, ms since the epoch. */
  readonly now?: () => number;
  /** What has to know the bodies of calls. */
  readonly bodyNeeds?: BodyNeeds;
  /** Certificates that were made for its start. */
  readonly issued?: readonly InventoryEntry[];
  /** Whether lines of the trail may be torn, as on a full disk. */
  readonly tornLines?: boolean;
  /** The CA bundle, where it is not the one in the directory. */
  readonly tlsCa?: string;
  /** Changes the directory of certificates before the gate starts. */
  readonly prepare?: (certsDir: string, ca: ThrowawayCa) => Promise<unknown>;
  /** Has the gate listen on a unix socket too: `gate.sock` beside its certificates. */
  readonly local?: boolean;
  /** Sockets that it was started with. */
  readonly inheritance?: Inheritance;
  /** The text of a policy; its file is `policyFile` of the gate. */
  readonly policy?: string;
}

/** A running gate with a fake daemon behind it, a throwaway CA, and both of its logs. */
export interface TestGate {
  readonly gate: Gate;
  readonly daemon: FakeDockerd;
  readonly ca: ThrowawayCa;
  readonly port: number;
  /** In the layout that `init-certs` makes. */
  readonly certsDir: string;
  /** What it was started with; the ports are those that were taken. */
  readonly config: Config;
  /** Where the policy is, if there is one. */
  readonly policyFile: string;
  /** The trail: one line for each call. */
  readonly audit: LogLines;
  /** Its file. */
  readonly auditLog: string;
  /** The operational log. */
  readonly log: LogLines;
  /** What clients show unless told otherwise; its user is alice. */
  readonly alice: Issued;
  /** A client on the first unix socket of the gate, which `localSockets` of the options names. */
  readonly connectLocal: () => Promise<RawClient<Socket>>;
  /** A client that has finished its handshake; it shows alice's certificate unless told otherwise. */
  readonly connect: (options?: Partial<ClientOptions>) => Promise<RawClient>;
}

type Cleanup = () => unknown;

/** To be called once at the top of a test file. Everything is closed after each test. */
export function useGate(): (options?: GateOptions) => Promise<TestGate> {
  const cleanups: Cleanup[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  return (options) => startTestGate(options ?? {}, (cleanup) => cleanups.push(cleanup));
}

/** A gate for one of several tests that run at the same time: closed when that test has finished. */
export async function startGateFor(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  options: GateOptions = {},
): Promise<TestGate> {
  // The one that was registered last runs first.
  return startTestGate(options, (cleanup) => {
    onTestFinished(async () => {
      await cleanup();
    });
  });
}

async function startTestGate(
  {
    now,
    bodyNeeds,
    issued,
    tornLines,
    prepare,
    tlsCa,
    policy,
    local: isLocal,
    inheritance,
    ...overrides
  }: GateOptions,
  later: (cleanup: Cleanup) => void,
): Promise<TestGate> {
  const directory = await mkdtemp(join(tmpdir(), 'dockgate-gate-'));
  later(() => rm(directory, { recursive: true, force: true }));
  const daemon = await startFakeDockerd();
  later(() => daemon.dispose());
  const ca = await createThrowawayCa();
  const certsDir = await ca.writeCertsDir(join(directory, 'certs'));
  await prepare?.(certsDir, ca);
  const policyFile = join(directory, 'policy.yaml');
  if (policy !== undefined) await writeFile(policyFile, policy);
  const made = configFor(certsDir, daemon, {
    ...(policy !== undefined && { policyFile }),
    ...(isLocal === true && { localSockets: [join(directory, 'gate.sock')] }),
    ...overrides,
  });
  const config = tlsCa === undefined ? made : { ...made, tls: { ...made.tls, ca: tlsCa } };
  const log = new LogLines();
  const logger = pino({ level: config.logLevel }, log);
  const gate = await startGate(config, {
    log: logger,
    ...(now && { now }),
    ...(bodyNeeds && { bodyNeeds }),
    issued,
    ...(inheritance && { inheritance }),
  });
  later(() => gate.stop(0));
  const audit = followLog(config.auditLog, tornLines);
  later(() => {
    audit.close();
  });
  const alice = await ca.client('alice');
  const port = gate.addresses[0]?.port ?? 0;
  const connect = async (options: Partial<ClientOptions> = {}) => {
    const client = await connectRaw({ port, ca: ca.cert, leaf: alice, ...options });
    later(() => {
      client.destroy();
    });
    return client;
  };
  const local = async () => {
    const client = await connectLocal(gate.localSockets[0] ?? '');
    later(() => {
      client.destroy();
    });
    return client;
  };
  const taken = { ...config, listen: gate.addresses };
  return {
    gate,
    daemon,
    ca,
    port,
    certsDir,
    policyFile,
    config: taken,
    audit: audit.lines,
    auditLog: config.auditLog,
    log,
    alice,
    connect,
    connectLocal: local,
  };
}

function configFor(certsDir: string, daemon: FakeDockerd, overrides: Partial<Config>): Config {
  const settings = validateSettings({});
  return {
    ...settings,
    // What the gate asks the daemon for its trail would be among the calls that tests wait for.
    audit: { ...settings.audit, detail: 'off' },
    listen: [{ host: '127.0.0.1', port: 0 }],
    dockerSocket: daemon.socketPath,
    certsDir,
    tls: {
      ca: join(certsDir, 'ca.pem'),
      cert: join(certsDir, 'server-cert.pem'),
      key: join(certsDir, 'server-key.pem'),
    },
    crls: [],
    autoRenew: false,
    init: undefined,
    policyFile: undefined,
    auditLog: join(certsDir, '..', 'audit.jsonl'),
    logLevel: 'info',
    limits: {
      connections: 10_000,
      connectionsPerUser: 10_000,
      streamsPerUser: 5_000,
      handshakes: 2_000,
      handshakesPerSecond: 100,
    },
    shutdownTimeoutMs: 30_000,
    ...overrides,
  };
}
