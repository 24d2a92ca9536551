import { describe, expect, it } from 'vitest';
import { readActivation } from '../../../src/sockets/activation.ts';
import { select } from '../../../src/sockets/inherited.ts';
import { failureOf } from '../helpers/refusal.ts';

const PID = 4_321;
const given = (env: NodeJS.ProcessEnv) => readActivation({ LISTEN_PID: `${PID}`, ...env }, PID);

describe('readActivation', () => {
  it('counts from descriptor 3, and names those that have a name', () => {
    const { activated } = given({ LISTEN_FDS: '3', LISTEN_FDNAMES: 'web:local' });
    expect(activated).toEqual([
      { fd: 3, number: 3, name: 'web' },
      { fd: 4, number: 4, name: 'local' },
      { fd: 5, number: 5, name: 'unknown' },
    ]);
  });

  it('takes all of it out of the environment, whoever it is for', () => {
    const env = { LISTEN_PID: '1', LISTEN_FDS: '1', LISTEN_FDNAMES: 'web', PATH: '/bin' };
    readActivation(env, PID);
    expect(env).toEqual({ PATH: '/bin' });
  });

  it.each([
    ['nothing', { LISTEN_PID: undefined }, 'no sockets were handed over'],
    ['no process', { LISTEN_PID: undefined, LISTEN_FDS: '1' }, 'process (LISTEN_PID is not set)'],
    ['another process', { LISTEN_PID: '1', LISTEN_FDS: '1' }, 'process 1, and this is 4321'],
    ['no number', { LISTEN_FDS: 'many' }, 'LISTEN_FDS is many'],
    ['none', { LISTEN_FDS: '0' }, 'LISTEN_FDS is 0'],
    ['a negative number', { LISTEN_FDS: '-1' }, 'LISTEN_FDS is -1'],
  ])('gives nothing where it says %s', (_, env, reason) => {
    const inheritance = given(env);
    expect(inheritance.activated).toEqual([]);
    const { message, hint } = failureOf(() => select('', inheritance));
    expect(message).toContain(reason);
    expect(hint).not.toBe('');
  });

  it('gives those of one name, when several have it', () => {
    const inheritance = given({ LISTEN_FDS: '3', LISTEN_FDNAMES: 'web:web:local' });
    expect(select('web', inheritance).map(({ fd }) => fd)).toEqual([3, 4]);
    expect(select('5', inheritance).map(({ fd }) => fd)).toEqual([5]);
    expect(select('', inheritance)).toHaveLength(3);
  });
});
