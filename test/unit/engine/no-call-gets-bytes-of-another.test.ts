import { once } from 'node:events';
import http from 'node:http';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/engine.ts';
import type { EngineResponse } from '../../../src/engine/types.ts';
import { Random } from '../../support/body/random.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const CALLS = 1_500;
const AT_ONCE = 24;
const SIZES = [0, 1, 300, 65_535, 65_536, 65_537, 131_072, 262_144, 300_000, 1_000_000];
const SEED = Number(process.env['TEST_SEED'] ?? 350_146);

/** Bytes that no other call has. */
function bytesOf(call: number, size: number): Buffer {
  return Buffer.alloc(size, `[${call}]`);
}

/** Takes a body, giving its pieces back at once or later, and some calls up in the middle. */
function take(response: EngineResponse, random: Random): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let lent = 0;
    let isWhole = false;
    const settle = (): void => {
      if (isWhole && lent === 0) resolve(Buffer.concat(pieces));
    };
    response.read({
      piece: (bytes, done) => {
        lent += 1;
        const place = pieces.push(Buffer.alloc(0)) - 1;
        const give = (): void => {
          // As late as may be: until `done` the piece has to be what it was.
          pieces[place] = Buffer.from(bytes);
          lent -= 1;
          done();
          settle();
        };
        const wait = random.next();
        if (wait < 0.3) give();
        else if (wait < 0.9) setImmediate(give);
        else setTimeout(give, 1);
      },
      end: () => {
        isWhole = true;
        settle();
      },
      broken: () => {
        reject(new Error('broken off'));
      },
    });
  });
}

it(`gives every call its own bytes, of many at once (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const socketPath = join(temporaryDirectory(), 'docker.sock');
  const daemon = http.createServer((request, response) => {
    const [, call = '', size = '', framing] = (request.url ?? '').split('/');
    const body = bytesOf(Number(call), Number(size));
    if (framing === 'length') response.setHeader('Content-Length', body.length);
    const half = Math.floor(body.length / 2);
    response.write(body.subarray(0, half));
    setImmediate(() => response.end(body.subarray(half)));
  });
  daemon.listen(socketPath);
  await once(daemon, 'listening');
  const engine = createEngine(socketPath);
  let asked = 0;
  let compared = 0;
  const worker = async (): Promise<void> => {
    while (asked < CALLS) {
      asked += 1;
      const call = asked;
      const size = random.pick(SIZES);
      const target = `/${call}/${size}/${random.pick(['length', 'chunks'])}`;
      const started = engine.call({
        ...{ method: 'GET', target, headers: ['Host', 'docker'], hasBody: false },
      });
      const response = await started.response;
      if (random.chance(0.1)) {
        started.abort();
        continue;
      }
      const body = await take(response, random);
      if (!body.equals(bytesOf(call, size))) throw new Error(`${target} got other bytes`);
      compared += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  expect(compared).toBeGreaterThan(CALLS * 0.8);
  engine.close();
  daemon.closeAllConnections();
  daemon.close();
}, 30_000);
