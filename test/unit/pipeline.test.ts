import { describe, expect, it } from 'vitest';
import type { CallTrail } from '../../src/audit/trail.ts';
import { readOperation } from '../../src/docker-api/operation.ts';
import { CallError } from '../../src/errors.ts';
import type { Exchange, Outcome } from '../../src/exchange.ts';
import { createPipeline, type Stages } from '../../src/pipeline.ts';
import type { Understood } from '../../src/understand/understand.ts';
import { exchangeOf } from './helpers/exchange.ts';

const outcome = (status: number): Outcome => ({ status, bytesIn: 0, bytesOut: 0, end: 'complete' });
const refusal = (error: CallError): Outcome => ({
  ...outcome(error.status),
  end: 'refused',
  reason: error.message,
});

const call = (hijack: boolean): Understood => ({
  operation: readOperation('POST', '/exec/x/start'),
  framing: { kind: 'none' },
  hijack,
  upstream: { method: 'POST', target: '/exec/x/start', headers: [], hasBody: false },
});

/** Stages that note what is asked of them, in order. */
class Recorder {
  readonly steps: string[] = [];
  readonly closed: Outcome[] = [];
  readonly refused: CallError[] = [];

  async run(changed: Partial<Stages> & { readonly intend?: CallTrail['intend'] } = {}) {
    const { intend, ...stages } = changed;
    const exchange = await exchangeOf('POST /exec/x/start HTTP/1.1\nHost: d');
    const page: CallTrail = {
      understood: (operation) => {
        this.steps.push(`note ${operation.action}`);
      },
      target: () => undefined,
      body: () => undefined,
      exited: () => undefined,
      answered: () => undefined,
      decided: () => undefined,
      intend: (operation) => {
        this.steps.push(`intend ${operation.action}`);
        return intend?.(operation);
      },
      close: (result) => {
        this.steps.push('close');
        this.closed.push(result);
      },
    };
    await createPipeline({ ...this.#stages(page, exchange), ...stages })(exchange);
  }

  #stages(page: CallTrail, expected: Exchange): Stages {
    const step = <T>(name: string, result: T) => {
      return (exchange: Exchange): T => {
        expect(exchange).toBe(expected);
        this.steps.push(name);
        return result;
      };
    };
    return {
      open: step('open', page),
      identify: step('identify', undefined),
      understand: step('understand', call(false)),
      judge: step('judge', undefined),
      resolve: (exchange, read) => step('resolve', Promise.resolve(read))(exchange),
      authorize: (read) => {
        this.steps.push('authorize');
        return read;
      },
      readBody: (exchange, understood) => step('read body', Promise.resolve(understood))(exchange),
      forward: step('forward', Promise.resolve(outcome(204))),
      hijack: step('hijack', Promise.resolve(outcome(101))),
      refuse: (_, error) => {
        this.steps.push('refuse');
        this.refused.push(error);
        return Promise.resolve(refusal(error));
      },
    };
  }
}

const failing = (error: unknown) => () => {
  throw error;
};
const no = new CallError('CERTIFICATE_REFUSED', 'no');

describe('the pipeline', () => {
  it('passes an ordinary call through its stages in order, the intent recorded before it goes up', async () => {
    const recorder = new Recorder();
    await recorder.run();
    expect(recorder.steps).toEqual([
      'open',
      'identify',
      'understand',
      'note exec.start',
      'judge',
      'read body',
      'resolve',
      'authorize',
      'intend exec.start',
      'forward',
      'close',
    ]);
    expect(recorder.closed).toEqual([outcome(204)]);
  });

  it('hijacks a call that may leave HTTP, instead of forwarding it', async () => {
    const recorder = new Recorder();
    const changed: Partial<Stages> = { understand: () => call(true) };
    await recorder.run(changed);
    expect(recorder.steps).toEqual([
      'open',
      'identify',
      'note exec.start',
      'judge',
      'read body',
      'resolve',
      'authorize',
      'intend exec.start',
      'hijack',
      'close',
    ]);
    expect(recorder.closed).toEqual([outcome(101)]);
  });

  it('gives the call to the stage that carries it as its body was read', async () => {
    const seen: unknown[] = [];
    const understood = call(false);
    const read = { ...understood, received: { body: Buffer.alloc(0), early: Buffer.alloc(0) } };
    await new Recorder().run({
      understand: () => understood,
      readBody: (_, given) => {
        seen.push(given);
        return Promise.resolve(read);
      },
      forward: (_, given) => {
        seen.push(given);
        return Promise.resolve(outcome(200));
      },
    });
    expect(seen[0]).toBe(understood);
    expect(seen[1]).toBe(read);
  });

  it.each([
    ['identify', { identify: failing(no) }, ['open', 'refuse', 'close']],
    ['understand', { understand: failing(no) }, ['open', 'identify', 'refuse', 'close']],
    [
      'intend',
      { intend: failing(no) },
      [
        'open',
        'identify',
        'understand',
        'note exec.start',
        'judge',
        'read body',
        'resolve',
        'authorize',
        'intend exec.start',
        'refuse',
        'close',
      ],
    ],
    [
      'read body',
      { readBody: () => Promise.reject(no) },
      ['open', 'identify', 'understand', 'note exec.start', 'judge', 'refuse', 'close'],
    ],
    [
      'resolve',
      { resolve: () => Promise.reject(no) },
      [
        'open',
        'identify',
        'understand',
        'note exec.start',
        'judge',
        'read body',
        'refuse',
        'close',
      ],
    ],
    [
      'authorize',
      { authorize: failing(no) },
      [
        'open',
        'identify',
        'understand',
        'note exec.start',
        'judge',
        'read body',
        'resolve',
        'refuse',
        'close',
      ],
    ],
  ])(
    'stops at a refusal by %s: nothing goes up, and the trail says so',
    async (_, changed, steps) => {
      const recorder = new Recorder();
      await recorder.run(changed);
      expect(recorder.steps).toEqual(steps);
      expect(recorder.refused).toEqual([no]);
      expect(recorder.closed).toEqual([refusal(no)]);
    },
  );

  it('tells the client and the trail where the daemon gave no answer', async () => {
    const gone = new CallError('DAEMON_UNREACHABLE', 'no daemon');
    for (const hijack of [false, true]) {
      const recorder = new Recorder();
      await recorder.run({
        understand: () => call(hijack),
        forward: () => Promise.reject(gone),
        hijack: () => Promise.reject(gone),
      });
      expect(recorder.refused).toEqual([gone]);
      expect(recorder.closed).toEqual([refusal(gone)]);
    }
  });

  it.each([
    ['thrown', { understand: failing(new TypeError('x is not a function')) }],
    ['rejected with', { forward: () => Promise.reject(new TypeError('x is not a function')) }],
  ])('makes INTERNAL of an unexpected error that is %s', async (_, changed) => {
    const recorder = new Recorder();
    await recorder.run(changed);
    expect(recorder.refused).toMatchObject([{ code: 'INTERNAL', status: 500 }]);
    expect(recorder.refused[0]?.message).not.toContain('x is not a function');
    expect(recorder.refused[0]?.cause).toBeInstanceOf(TypeError);
    expect(recorder.closed).toMatchObject([{ status: 500, end: 'refused' }]);
  });

  it('closes the page exactly once, however the call goes', async () => {
    for (const changed of [{}, { identify: failing(no) }, { forward: () => Promise.reject(no) }]) {
      const recorder = new Recorder();
      await recorder.run(changed);
      expect(recorder.closed).toHaveLength(1);
    }
  });
});
