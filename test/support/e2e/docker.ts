import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { Child, mustRun, type ChildOptions, type Outcome } from './child.ts';
import { IMAGE, type Cli, type Endpoint, type World } from './world.ts';

/** Starts `docker ARGS` against an endpoint. */
export function startDocker(
  cli: Cli,
  endpoint: Endpoint,
  args: readonly string[],
  options: ChildOptions = {},
): Child {
  return new Child(cli.path, args, { ...options, env: { ...endpoint.env, ...options.env } });
}

/** Runs `docker ARGS` against an endpoint to its end. */
export function docker(
  cli: Cli,
  endpoint: Endpoint,
  args: readonly string[],
  options?: ChildOptions,
): Promise<Outcome> {
  return startDocker(cli, endpoint, args, options).outcome;
}

/** Arguments of `docker run` for a container without a network, removed when it ends. */
export const RUN = ['run', '--rm', '--network', 'none', '--pull', 'never'] as const;

/** `docker run` in the background, past the front; returns the container's name. */
export async function background(
  { clis, direct }: World,
  command: readonly string[],
  options: readonly string[] = [],
): Promise<string> {
  const name = unique('background');
  const args = ['run', '--detach', '--network', 'none', '--name', name, ...options, IMAGE];
  await mustRun(clis[0].path, [...args, ...command], { env: direct.env });
  return name;
}

/** Waits until a container has printed what matches. */
export async function untilSaid(world: World, name: string, pattern: RegExp): Promise<void> {
  const logs = startDocker(world.clis[0], world.direct, ['logs', '-f', name]);
  await logs.waitFor(pattern);
  await logs.end('SIGKILL');
}

/** A command for a container that does nothing until it is removed. */
export const IDLE = ['sleep', '1000000'] as const;

export function unique(word: string): string {
  return `${word}-${randomBytes(4).toString('hex')}`;
}

/**
 * Runs the same command on the daemon's socket and through the front at the same time, expects the
 * same exit code and the same bytes on both outputs, and returns the front's. `mask` takes out of
 * the text what differs from run to run on the socket too, such as ids.
 */
export async function sameOnBoth(
  world: World,
  command: (endpoint: Endpoint) => Promise<Outcome>,
  mask?: (text: string) => string,
): Promise<Outcome> {
  const outcomes = await Promise.all([command(world.direct), command(world.front)]);
  return expectSame(outcomes, mask);
}

/** As {@link sameOnBoth}, one after the other: for commands that would meet on one name. */
export async function sameInTurn(
  world: World,
  command: (endpoint: Endpoint) => Promise<Outcome>,
  mask?: (text: string) => string,
): Promise<Outcome> {
  const direct = await command(world.direct);
  return expectSame([direct, await command(world.front)], mask);
}

function expectSame(
  [direct, front]: [Outcome, Outcome],
  mask: (text: string) => string = (text) => text,
): Outcome {
  expect(comparable(front, mask)).toEqual(comparable(direct, mask));
  return front;
}

/** Puts a fixed word in place of every container, image and layer id. */
export function maskIds(text: string): string {
  return text.replaceAll(/\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b/g, 'ID');
}

export function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}

const MAX_SHOWN = 100_000;

function comparable({ code, signal, stdout, stderr }: Outcome, mask: (text: string) => string) {
  const shown = stdout.length > MAX_SHOWN ? sha256(stdout) : mask(stdout.toString('latin1'));
  return { code, signal, stdout: shown, stderr: mask(stderr) };
}
