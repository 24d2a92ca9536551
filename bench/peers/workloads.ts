import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { systemCode } from '../../src/errors.ts';
import { isGate, type Front } from './fronts.ts';
import { run } from './process.ts';
import type { World } from './world.ts';

/** What the load program prints. */
interface Load {
  readonly count: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly p50_us: number;
  readonly p99_us: number;
  readonly cut: number;
  /** Of streams, the fewest reads that one has had. */
  readonly least: number;
}

export const GIGABYTE = 1024 ** 3;

/** A list of containers: 29 KB in the stand-in's answer. */
export const LIST = '/v1.41/containers/json';

/** No load takes a quarter of it. */
const LONGEST_MS = 60_000;

function load(world: World, front: Front, ...args: readonly string[]): Load {
  const common = ['-address', front.address, '-certs', world.client];
  const once = (): Load =>
    JSON.parse(run(world.load, [...common, ...args], { timeout: LONGEST_MS })) as Load;
  try {
    return once();
  } catch (error) {
    // HAProxy 2.6 stops reading an upload for good, once in some thirty. Of a gate it would be the end of the run.
    if (systemCode(error) !== 'ETIMEDOUT' || isGate(front)) throw error;
    process.stderr.write(`${front.name} did not end ${args.join(' ')}; once more\n`);
    return once();
  }
}

/** CPU of the front for one call, µs, once it has had as many of them: some compile what they run, anew when that changes. */
export function cpuPerCall(
  world: World,
  front: Front,
  { mode, path, count }: { mode: 'calls' | 'connects'; path: string; count: number },
): number {
  const args = ['-mode', mode, '-path', path, '-at', mode === 'calls' ? '16' : '4'];
  load(world, front, ...args, '-count', String(count));
  const before = front.process.cpu();
  load(world, front, ...args, '-count', String(count));
  return (front.process.cpu() - before) / count;
}

/** Connections with a list, which count for nothing: Node.js has compiled what they run after some thousand. */
export function warmUp(world: World, front: Front): void {
  load(world, front, ...['-mode', 'connects', '-path', LIST, '-at', '4', '-count', '500']);
}

/** One gigabyte, MB/s by the clock. */
export function throughput(world: World, front: Front, direction: 'down' | 'up'): number {
  const path = direction === 'down' ? '/v1.41/images/busybox/get' : '/v1.41/images/load';
  const args = ['-mode', direction, '-path', path, '-size', String(GIGABYTE)];
  const { bytes, seconds } = load(world, front, ...args);
  if (bytes !== GIGABYTE) throw new Error(`${front.name} passed ${bytes} bytes ${direction}`);
  return bytes / seconds / 1e6;
}

/** One byte there and back through an exec, µs. */
export function echo(world: World, front: Front, container: string): { p50: number; p99: number } {
  const { p50_us, p99_us } = load(
    world,
    front,
    '-mode',
    'echo',
    '-exec',
    container,
    '-count',
    '2000',
  );
  return { p50: p50_us, p99: p99_us };
}

/** `docker events` and `docker logs -f`, by turns. */
const STREAMS = ['/v1.41/events', '/v1.41/containers/service-1/logs?stdout=1&follow=1'].join();
/** Each stream has a line a second. */
const HELD_MS = 20_000;

/** Memory of the front for each of so many open streams, once they have gone on for a while, bytes. @throws where one was cut, or got nothing. */
export async function memoryPerStream(world: World, front: Front, count: number): Promise<number> {
  const before = front.process.memory();
  const common = ['-address', front.address, '-certs', world.client, '-mode', 'streams'];
  const client = spawn(world.load, [...common, '-path', STREAMS, '-count', String(count)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(client, 'exit');
  const opened = once(client.stdout, 'data');
  await Promise.race([
    opened,
    ended.then(() => {
      throw new Error(`${front.name} did not open ${count} streams`);
    }),
  ]);
  await pause(HELD_MS);
  const memory = (front.process.memory() - before) / count;
  const last = once(client.stdout, 'data');
  client.stdin.end();
  const { cut, least } = JSON.parse(String((await last)[0])) as Load;
  await ended;
  if (cut > 0) throw new Error(`${front.name} cut ${cut} of ${count} streams`);
  if (least < HELD_MS / 2_000) throw new Error(`${front.name} passed ${least} lines of a stream`);
  return memory;
}

/** For the docker CLI: how to reach a front. */
export function dockerEnv(world: World, { address }: Front): Record<string, string> {
  return {
    DOCKER_HOST: `tcp://${address}`,
    DOCKER_TLS_VERIFY: '1',
    DOCKER_CERT_PATH: world.client,
  };
}

/** A whole docker command, ms by the clock. */
export function commandTime(env: Readonly<Record<string, string>>, script: string): number {
  const began = performance.now();
  const { status, stderr } = spawnSync('sh', ['-c', script], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) throw new Error(`${script} failed:\n${stderr.toString()}`);
  return performance.now() - began;
}
