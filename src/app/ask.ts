import type { Engine, EngineResponse } from '../engine/types.ts';
import { CallError } from '../errors.ts';
import type { Answer, Ask } from '../resolve/types.ts';

/** An inspection of the largest containers is some hundred KiB. */
const MAX_BYTES = 8 * 1024 * 1024;
/** The daemon holds an inspection back while it starts or stops that container. */
const PATIENCE_MS = 30_000;

interface AskOptions {
  readonly maxBytes?: number;
  readonly patienceMs?: number;
}

/** Asks the daemon on the gate's own behalf, as {@link Ask} says. */
export function createAsk(engine: Engine, options: AskOptions = {}): Ask {
  const { maxBytes = MAX_BYTES, patienceMs = PATIENCE_MS } = options;
  return async function ask(target) {
    const call = engine.call({
      method: 'GET',
      target,
      headers: ['Host', 'docker', 'User-Agent', 'dockgate'],
      hasBody: false,
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(brokeOff(`did not answer within ${patienceMs / 1000} s`));
      }, patienceMs);
    });
    try {
      return await Promise.race([
        call.response.then((answer) => readAnswer(answer, maxBytes)),
        late,
      ]);
    } catch (error) {
      call.abort();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}

function readAnswer(answer: EngineResponse, maxBytes: number): Promise<Answer> {
  const pieces: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    answer.read({
      piece: (bytes, done) => {
        size += bytes.length;
        if (size > maxBytes) {
          reject(brokeOff(`sent more than ${maxBytes} bytes`));
          return;
        }
        pieces.push(Buffer.from(bytes));
        done();
      },
      end: () => {
        resolve({ status: answer.status, body: Buffer.concat(pieces).toString() });
      },
      broken: () => {
        reject(brokeOff('broke off in its answer'));
      },
    });
  });
}

function brokeOff(what: string, cause?: unknown): CallError {
  return new CallError(
    'DAEMON_BROKE_OFF',
    `asked what this call is about, the Docker daemon ${what}`,
    { cause },
  );
}
