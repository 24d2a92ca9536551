import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/engine.ts';
import type { Engine, EngineResponse, EngineTunnel } from '../../../src/engine/types.ts';
import { CallError } from '../../../src/errors.ts';
import { Random } from '../../support/body/random.ts';
import { ScriptedDaemon } from '../../support/scripted/daemon.ts';
import { bytesOf, drawScript, type Script } from '../../support/scripted/script.ts';
import { settled } from '../../support/fake/settled.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const CALLS = 1_500;
const AT_ONCE = 32;
const SEED = Number(process.env['TEST_SEED'] ?? 20_263);

const tick = () => new Promise(setImmediate);

/** When the caller gives a call up. */
type Abort = 'never' | 'before' | 'soon' | 'answered' | 'in its body' | 'ended';
const ABORTS: readonly Abort[] = ['before', 'soon', 'answered', 'in its body', 'ended'];

interface Drawn {
  readonly script: Script;
  readonly random: Random;
  readonly when: Abort;
  /** Gives the call up. */
  abort: () => void;
  aborted: boolean;
}

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

it(`gives each of many calls its own answer, whole or broken off, whatever the daemon does (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const daemon = new ScriptedDaemon(random);
  const socketPath = join(temporaryDirectory(), 'docker.sock');
  await daemon.listen(socketPath);
  const engine = createEngine(socketPath);
  cleanups.push(() => {
    daemon.close();
  });
  const outcomes = new Map<string, number>();
  let last = 0;
  const worker = async (): Promise<void> => {
    while (last < CALLS) {
      last += 1;
      const kind = random.pick(['plain', 'plain', 'upload', 'hijack'] as const);
      const script = drawScript(last, random, kind);
      daemon.scripts.set(script.id, script);
      const when = random.chance(0.25) ? random.pick(ABORTS) : 'never';
      const call = { script, random, when, abort: () => undefined, aborted: false };
      const outcome = await carry(engine, call, kind === 'hijack');
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      expect(script.seen, `call ${script.id} is sent once`).toBeLessThan(2);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  // Each of these has happened, or the test has seen nothing.
  expect([...outcomes.keys()].sort()).toEqual(['broken', 'no answer', 'tunnel', 'whole']);
  expect(daemon.problems).toEqual([]);
  engine.close();
  await settled(() => daemon.sockets.size);
  expect(daemon.sockets.size).toBe(0);
}, 60_000);

async function carry(engine: Engine, call: Drawn, mayBeHijacked: boolean): Promise<string> {
  const { script, when } = call;
  try {
    const answering = mayBeHijacked ? hijack(engine, call) : plain(engine, call);
    if (when === 'before') giveUp(call);
    if (when === 'soon') setImmediate(giveUp, call);
    const answer = await answering;
    expect(answer.headers[answer.headers.indexOf('X-Id') + 1]).toBe(String(script.id));
    expect(answer.status).toBe(script.status);
    if ('stream' in answer) return await pipe(answer, call);
    if (when === 'answered') giveUp(call);
    if (call.random.chance(0.5)) await tick();
    return await take(answer, call);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const wasKilled = script.killAt !== undefined && script.killAt < script.headEnd;
    // A kept connection that the daemon closes at that moment: nobody can know whether it was heard.
    if (!call.aborted && !wasKilled) expect(script.seen).toBe(0);
    return 'no answer';
  }
}

function giveUp(call: Drawn): void {
  call.aborted = true;
  call.abort();
}

function hijack(engine: Engine, call: Drawn): Promise<EngineResponse | EngineTunnel> {
  const { upload = Buffer.alloc(0) } = call.script;
  const controller = new AbortController();
  call.abort = () => {
    controller.abort();
  };
  const headers = ['Content-Length', String(upload.length)];
  return engine.hijack(requestOf(call.script, headers), upload, controller.signal);
}

function plain(engine: Engine, call: Drawn): Promise<EngineResponse> {
  const { script, random } = call;
  const { upload } = script;
  const framing = random.chance(0.5)
    ? ['Transfer-Encoding', 'chunked']
    : ['Content-Length', String(upload?.length)];
  const started = engine.call(requestOf(script, upload ? framing : []));
  const { body, response } = started;
  call.abort = () => {
    started.abort();
  };
  const send = async (bytes: Buffer): Promise<void> => {
    for (let at = 0; at < bytes.length;) {
      const size = 1 + random.below(100_000);
      body?.write(bytes.subarray(at, at + size));
      at += size;
      if (random.chance(0.3)) await tick();
    }
    body?.end();
  };
  if (upload !== undefined) void send(upload);
  return response;
}

function requestOf({ id, method, upload }: Script, headers: readonly string[]) {
  const hasBody = upload !== undefined;
  return { method, target: `/c${id}`, headers: ['Host', 'docker', ...headers], hasBody };
}

/** Takes a body, and gives its pieces back at any time: each has to stay what it is until then. */
function take(answer: EngineResponse, call: Drawn): Promise<string> {
  const { script, random } = call;
  let at = 0;
  let lent = 0;
  let end: string | undefined;
  return new Promise((resolve, reject) => {
    const checked = (check: () => void): void => {
      try {
        check();
        if (end !== undefined && lent === 0) resolve(end);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    answer.read({
      piece: (bytes, done) => {
        const expected = script.body.subarray(at, at + bytes.length);
        at += bytes.length;
        lent += 1;
        const giveBack = (): void => {
          checked(() => {
            if (!bytes.equals(expected)) throw new Error(`call ${script.id} got other bytes`);
            lent -= 1;
            done();
          });
        };
        checked(() => {
          expect(end).toBeUndefined();
        });
        if (call.when === 'in its body') giveUp(call);
        const wait = random.pick(['none', 'a turn', 'long'] as const);
        if (wait === 'none') giveBack();
        else if (wait === 'a turn') setImmediate(giveBack);
        // Long enough for other calls to come and go.
        else setTimeout(giveBack, random.pick([1, 10]));
      },
      end: (trailers) => {
        checked(() => {
          expect(end).toBeUndefined();
          end = 'whole';
          checkWhole(script, at, trailers);
        });
      },
      broken: () => {
        checked(() => {
          expect(end).toBeUndefined();
          end = 'broken';
          const wasKilled = (script.killAt ?? script.wire.length) < script.wire.length;
          expect(call.aborted || wasKilled, `call ${script.id} was whole`).toBe(true);
        });
      },
    });
  }).then((told) => {
    if (call.when === 'ended') giveUp(call);
    return String(told);
  });
}

function checkWhole(script: Script, size: number, trailers: readonly string[]): void {
  const { killAt = script.wire.length, wire, framing } = script;
  // What ends with its connection cannot be told from what is broken off.
  if (framing !== 'close') expect(killAt).toBe(wire.length);
  if (killAt === wire.length) expect(size).toBe(script.body.length);
  expect(trailers).toEqual(script.trailers);
  if (script.upload !== undefined && !script.early) {
    expect(script.received.equals(script.upload)).toBe(true);
  }
}

/** Takes what comes through a tunnel, and gives its pieces back at any time, in order. */
async function pipe(tunnel: EngineTunnel, { script, random }: Drawn): Promise<string> {
  const { stream, head } = tunnel;
  const pieces = [head];
  let lent = 0;
  let giving = Promise.resolve();
  if (random.chance(0.3)) await tick();
  const input = bytesOf(script.id + 0.5, random.pick([0, 1, 70_000, 600_000]));
  const giveBack = (bytes: Buffer, done: () => void): void => {
    pieces.push(Buffer.from(bytes));
    lent -= 1;
    done();
  };
  tunnel.read((bytes, done) => {
    lent += 1;
    expect(lent).toBeLessThanOrEqual(2);
    // As it is when it is given back: nothing may have been written over it until then.
    if (random.chance(0.3) && lent === 1) giveBack(bytes, done);
    else {
      giving = giving.then(async () => {
        if (random.chance(0.3)) await tick();
        giveBack(bytes, done);
      });
    }
  });
  stream.on('error', () => undefined);
  stream.end(input);
  await closing(stream);
  await giving;
  const output = Buffer.concat(pieces);
  const isWhole = (script.killAt ?? script.wire.length) === script.wire.length;
  expect(output.equals(script.body.subarray(0, output.length))).toBe(true);
  if (!isWhole) return 'broken';
  expect(output.length).toBe(script.body.length);
  expect(script.piped.equals(input)).toBe(true);
  return 'tunnel';
}

function closing(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve);
  });
}
