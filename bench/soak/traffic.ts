import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { createTar, parseTar } from 'nanotar';
import type { Random } from '../../test/support/body/random.ts';
import { said, type Check, type SoakClient } from './client.ts';
import { Frames } from './frames.ts';
import type { CallRecord } from './ledger.ts';
import type { Policies } from './policies.ts';
import { IMAGE, KNOWN, KNOWN_LINES, TICKER, type Standing } from './standing.ts';

/** What a client does next, and what it needs for that. */
export interface Turn {
  readonly client: SoakClient;
  readonly random: Random;
  /** Unique in the run. */
  readonly name: string;
  readonly standing: Standing;
  readonly policies: Policies;
}

type Flow = (turn: Turn) => Promise<void>;

const V = '/v1.41';
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Right where the answer has this status and, if given, passes `also`. */
const status =
  (expected: number, also: (body: Buffer) => string | undefined = () => undefined): Check =>
  (answer) =>
    answer.status === expected ? also(answer.body) : said(answer.status, answer.body);

export async function ping(client: SoakClient): Promise<void> {
  const request = { kind: 'ping', method: 'GET', path: '/_ping' };
  await client.call(
    request,
    status(200, (body) => (body.toString() === 'OK' ? undefined : `not OK: ${body.toString()}`)),
  );
}

const list: Flow = async ({ client, standing }) => {
  const filters = encodeURIComponent(JSON.stringify({ name: [`^/${KNOWN}$`] }));
  const path = `${V}/containers/json?all=1&filters=${filters}`;
  await client.call(
    { kind: 'list', method: 'GET', path },
    status(200, (body) => {
      const ids = (JSON.parse(body.toString()) as { Id: string }[]).map(({ Id }) => Id);
      return ids.join() === standing.known ? undefined : `another list: ${ids.join()}`;
    }),
  );
};

const info: Flow = async ({ client, standing, policies }) => {
  const from = performance.now();
  await client.call({ kind: 'info', method: 'GET', path: `${V}/info` }, (answer) => {
    if (answer.status === 403 && policies.may(false, from)) return undefined;
    if (answer.status !== 200) return said(answer.status, answer.body);
    if (!policies.may(true, from)) return 'allowed, against the policy in force';
    const { ID } = JSON.parse(answer.body.toString()) as { ID: string };
    return ID === standing.daemonId ? undefined : `another daemon: ${ID}`;
  });
};

const denied: Flow = async ({ client }) => {
  const request = { kind: 'denied', method: 'DELETE', path: `${V}/images/${IMAGE}` };
  const words = /policy|allow|den/i;
  await client.call(
    request,
    status(403, (body) => (words.test(body.toString()) ? undefined : said(403, body))),
  );
};

const logs: Flow = async ({ client }) => {
  const path = `${V}/containers/${KNOWN}/logs?stdout=1&tail=${KNOWN_LINES}`;
  await client.call(
    { kind: 'logs', method: 'GET', path },
    status(200, (body) => {
      const frames = new Frames();
      if (!frames.add(body) || !frames.even) return 'no multiplexed output';
      return wrongLines(frames.output().toString());
    }),
  );
};

/** While the container starts anew, the last lines may be some of this run of it and some of the run before. */
function wrongLines(text: string): string | undefined {
  const lines = text.split('\n').slice(0, -1);
  const first = Number(/^line (\d+)$/.exec(lines[0] ?? '')?.[1]);
  const right = lines.every((line, at) => line === `line ${(first + at) % KNOWN_LINES}`);
  return right && lines.length === KNOWN_LINES ? undefined : `${lines.length} lines, not the known`;
}

const archive: Flow = async ({ client, random, name }) => {
  const bytes = randomBytes(1 + random.below(256 * 1024));
  const file = `${client.user}-${random.below(4)}-${name}`;
  const target = `${V}/containers/${KNOWN}/archive?path=`;
  const tar = Buffer.from(createTar([{ name: file, data: bytes }]));
  const up = { kind: 'archive up', method: 'PUT', path: `${target}%2Ftmp` };
  await client.call({ ...up, body: tar, type: 'application/x-tar' }, status(200));
  const down = { kind: 'archive down', method: 'GET', path: `${target}%2Ftmp%2F${file}` };
  await client.call(
    down,
    status(200, (body) => {
      const found = parseTar(new Uint8Array(body)).find((entry) => entry.name === file)?.data;
      return found && bytes.equals(found) ? undefined : 'other bytes than went up';
    }),
  );
};

const life: Flow = async ({ client, random, name }) => {
  const code = random.below(200);
  const config = {
    ...{ Image: IMAGE, Cmd: ['sh', '-c', `exit ${code}`] },
    HostConfig: { NetworkMode: 'none', Init: false },
  };
  const container = `${V}/containers/${name}`;
  const path = `${V}/containers/create?name=${name}`;
  await client.call({ kind: 'create', method: 'POST', path, body: json(config) }, status(201));
  await client.call({ kind: 'start', method: 'POST', path: `${container}/start` }, status(204));
  await client.call(
    { kind: 'wait', method: 'POST', path: `${container}/wait` },
    status(200, (body) => {
      const { StatusCode } = JSON.parse(body.toString()) as { StatusCode: number };
      return StatusCode === code ? undefined : `exit code ${StatusCode} instead of ${code}`;
    }),
  );
  await client.call({ kind: 'remove', method: 'DELETE', path: container }, status(204));
};

const exec: Flow = async ({ client, random }) => {
  const bytes = randomBytes(1 + random.below(64 * 1024));
  // One ends with its input, the other without.
  const cmd = random.chance(0.5) ? ['cat'] : ['head', '-c', String(bytes.length)];
  const config = { AttachStdin: true, AttachStdout: true, Cmd: cmd };
  const path = `${V}/containers/${KNOWN}/exec`;
  const create = { kind: 'exec create', method: 'POST', path, body: json(config) };
  const { body } = await client.call(create, status(201));
  const { Id } = JSON.parse(body.toString()) as { Id: string };
  const start = { kind: 'exec echo', method: 'POST', path: `${V}/exec/${Id}/start` };
  const options = json({ Detach: false, Tty: false });
  await client.open({ ...start, body: options, upgrade: true }, (stream, record) =>
    echo(stream as Duplex, record, bytes, cmd[0] === 'cat'),
  );
  await client.call(
    { kind: 'exec inspect', method: 'GET', path: `${V}/exec/${Id}/json` },
    status(200, (answer) => {
      const { ExitCode } = JSON.parse(answer.toString()) as { ExitCode: number };
      return ExitCode === 0 ? undefined : `exit code ${ExitCode}`;
    }),
  );
};

/** Sends bytes, and expects them back and then the end. What is right but too short was broken off. */
async function echo(stream: Duplex, record: CallRecord, bytes: Buffer, end: boolean) {
  const frames = new Frames();
  stream.write(bytes);
  if (end) stream.end();
  for await (const chunk of stream) {
    if (!frames.add(chunk as Buffer)) record.wrong = 'no multiplexed output';
  }
  const output = frames.output();
  if (!bytes.subarray(0, output.length).equals(output)) record.wrong = 'other bytes than went in';
  record.whole = output.length === bytes.length && frames.even;
  if (!record.whole) record.error = 'echo broken off';
}

/** There are ten ticks a second. */
const SILENCE_MS = 2_000;

const follow: Flow = async ({ client, random }) => {
  const path = `${V}/containers/${TICKER}/logs?stdout=1&follow=1&tail=0`;
  await client.open({ kind: 'follow', method: 'GET', path }, async (stream, record) => {
    const frames = new Frames();
    stream.on('data', (chunk: Buffer) => {
      if (!frames.add(chunk)) record.wrong = 'no multiplexed output';
    });
    const over = new AbortController();
    const ms = 500 + random.below(4_000);
    // A broken answer is 'error' or 'close', and what the daemon ended is 'end'.
    const ended = Promise.race(['end', 'close'].map((name) => once(stream, name, over)));
    const stayed = await Promise.race([
      pause(ms, true),
      ended.then(
        () => false,
        () => false,
      ),
    ]);
    over.abort();
    const ticks = frames.output().toString().split('\n').slice(0, -1);
    const first = Number(/^tick (\d+)$/.exec(ticks[0] ?? 'tick 0')?.[1]);
    if (!ticks.every((tick, at) => tick === `tick ${first + at}`)) record.wrong = 'ticks missing';
    if (stayed && ticks.length === 0 && ms > SILENCE_MS) record.wrong = 'no ticks';
    record.whole = stayed;
    if (!stayed) record.error = 'stream ended';
  });
};

/** What clients do, and how often. */
export const FLOWS: readonly (readonly [weight: number, flow: Flow])[] = [
  ...([
    [30, ({ client }: Turn) => ping(client)],
    [20, list],
    [10, info],
    [4, denied],
  ] as const),
  ...([
    [10, logs],
    [8, archive],
    [4, follow],
    [3, exec],
    [1.5, life],
  ] as const),
];
