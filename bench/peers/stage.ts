import { startDaemon, type Daemon } from './daemon.ts';
import { BARE_GATE, GATE, GATE_ON_NEWEST, PEERS, type Front, type FrontKind } from './fronts.ts';
import { Measured, run } from './process.ts';
import { startSsh, type Ssh } from './ssh.ts';
import { makeWorld, removeWorld, type World } from './world.ts';

/** Everything that runs while it is measured; nothing of it does anything unasked. */
export interface Stage {
  readonly world: World;
  /**
   * Those before the stand-in for the daemon, dockgate among them. So is the one without trail and policy, whose every
   * workload counts: what a process has done before is part of what the next call costs.
   */
  readonly fronts: readonly Front[];
  /** The stand-in's socket. */
  readonly upstream: string;
  readonly daemon: Daemon;
  /** A gate before the real daemon. */
  readonly gate: Front;
  readonly ssh: Ssh;
  readonly versions: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

/** Starts all of it, or nothing. */
export async function setStage(bytes: number): Promise<Stage> {
  const world = makeWorld();
  const undo: (() => Promise<void> | void)[] = [
    () => {
      removeWorld(world);
    },
  ];
  const close = async (): Promise<void> => {
    for (const step of undo.toReversed()) await step();
  };
  const started = async (kind: FrontKind, socket: string): Promise<Front> => {
    const front = await kind.start(world, socket);
    undo.push(() => front.process.stop());
    return front;
  };
  try {
    const upstream = `${world.dir}/upstream.sock`;
    const server = new Measured(world.upstream, [upstream], { UPSTREAM_BYTES: String(bytes) });
    undo.push(() => server.stop());
    await server.says(/listening/);
    const kinds = [...PEERS, GATE, ...(world.newestNode === undefined ? [] : [GATE_ON_NEWEST])];
    const fronts: Front[] = [];
    for (const kind of [...kinds, BARE_GATE]) fronts.push(await started(kind, upstream));
    const daemon = await startDaemon(world);
    undo.push(daemon.stop);
    const gate = await started(GATE, daemon.socket);
    const ssh = await startSsh(world, daemon.socket);
    undo.push(ssh.stop);
    const versions = {
      ...Object.fromEntries(kinds.map(({ name, version }) => [name, version(world)])),
      dockerd: run('dockerd', ['--version']).trim(),
      'docker CLI': run('docker', ['--version']).trim(),
      ssh: ssh.version,
    };
    return { world, fronts, upstream, daemon, gate, ssh, versions, close };
  } catch (error) {
    await close();
    throw error;
  }
}
