import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readExecState, readWaitResult } from '../../../src/docker-api/exit.ts';
import { PROPERTY } from '../helpers/property.ts';

const bytes = (text: string) => Buffer.from(text);

/** As a daemon answers. */
const INSPECT = {
  ID: '4f3c',
  Running: false,
  ExitCode: 3,
  ProcessConfig: { tty: false, entrypoint: 'sh', arguments: ['-c', 'exit 3'], privileged: false },
  OpenStdin: false,
  CanRemove: false,
  ContainerID: 'abcd',
  DetachKeys: '',
  Pid: 0,
};

describe('the state of an exec', () => {
  it.each([
    [INSPECT, { running: false, exitCode: 3 }],
    [
      { ...INSPECT, Running: true, ExitCode: null },
      { running: true, exitCode: undefined },
    ],
    [
      { Running: false, ExitCode: null },
      { running: false, exitCode: undefined },
    ],
    [
      { Running: false, ExitCode: 4294967295 },
      { running: false, exitCode: 4294967295 },
    ],
    [
      { Running: false, ExitCode: -1 },
      { running: false, exitCode: -1 },
    ],
  ])('is read out of %j', (answer, state) => {
    expect(readExecState(bytes(`${JSON.stringify(answer)}\n`))).toEqual(state);
  });

  it.each([
    ...[
      '',
      '{}',
      'null',
      '[]',
      '{"Running":false}',
      '{"ExitCode":0}',
      '{"message":"no such exec"}',
    ],
    ...['{"Running":0,"ExitCode":0}', '{"Running":false,"ExitCode":"0"}', '{"running":false}'],
    ...['{"Running":false,"ExitCode":1.5}', '{"Running":false,"ExitCode":1e1}'],
    ...['{"Running":false,"ExitCode":4294967296}', '{"Running":false,"ExitCode":-2147483649}'],
    ...['{"Running":false,"ExitCode":0,"ExitCode":1}', '{"Running":false,"ExitCode":0}{}'],
    ...['{"Running":false,"ExitCode":99999999999999999999}', '{"Running":false,"ExitCode":{}}'],
    ...['{"Running":false,"ExitCode":[]}', '\ufeff{"Running":false,"ExitCode":0}'],
  ])('is not guessed from %s', (answer) => {
    expect(readExecState(bytes(answer))).toBeUndefined();
  });

  it('is not read out of bytes that are no UTF-8, or too many', () => {
    const answer = '{"Running":false,"ExitCode":0}';
    const half = Buffer.from([...bytes('{"Running":false,"ExitCode":0,"ID":"'), 0xff, 0x22, 0x7d]);
    expect(readExecState(half)).toBeUndefined();
    expect(readExecState(bytes(answer.padEnd(4 * 1024 * 1024)))).toBeDefined();
    expect(readExecState(bytes(answer.padEnd(4 * 1024 * 1024 + 1)))).toBeUndefined();
  });

  it('is read or not read out of any bytes, without an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (any) => {
        expect(readExecState(any)).toBeUndefined();
        expect(readWaitResult(any)).toBeUndefined();
      }),
      PROPERTY,
    );
  });
});

describe('the answer to a wait', () => {
  it.each([
    ['{"StatusCode":0}\n', { exitCode: 0, error: undefined }],
    ['{"Error":null,"StatusCode":137}', { exitCode: 137, error: undefined }],
    ['{"StatusCode":1,"Error":{"Message":"gone"}}', { exitCode: 1, error: 'gone' }],
    ['{"StatusCode":1,"Error":{}}', { exitCode: 1, error: '' }],
    ['{"StatusCode":-1}', { exitCode: -1, error: undefined }],
  ])('%s is read', (answer, result) => {
    expect(readWaitResult(bytes(answer))).toEqual(result);
  });

  it.each([
    ...['', '{}', '{"StatusCode":null}', '{"StatusCode":"0"}', '{"statuscode":0}', '0'],
    ...['{"StatusCode":0,"Error":"x"}', '{"StatusCode":0,"Error":{"Message":1}}'],
    ...['{"StatusCode":0,"StatusCode":1}', '{"StatusCode":0', '{"message":"no such container"}'],
  ])('%s is not guessed from', (answer) => {
    expect(readWaitResult(bytes(answer))).toBeUndefined();
  });
});
