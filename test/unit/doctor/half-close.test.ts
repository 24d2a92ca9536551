import { describe, expect, it } from 'vitest';
import type { HalfClose } from '../../../src/doctor/half-close.ts';
import { judgeHalfClose } from '../../../src/doctor/round-trip.ts';

const one = (words: HalfClose['words'], rest: Partial<HalfClose> = {}): HalfClose => ({
  ...{ status: 101, text: '', ended: true },
  words,
  ...rest,
});

describe('half-close', () => {
  it('passes at the first output that came behind the end of input', () => {
    expect(judgeHalfClose([one('before'), one('lost'), one('after')]).state).toBe('ok');
  });

  it('says less where all output came before it', () => {
    const check = judgeHalfClose([one('before'), one('lost'), one('before')]);
    expect(check).toMatchObject({ state: 'ok' });
    expect(check.found).toContain('all output came before it');
  });

  it('fails where output behind the end of input is lost again and again', () => {
    const tries = [one('lost'), one('before'), one('lost'), one('lost'), one('lost')];
    expect(judgeHalfClose(tries)).toMatchObject({ state: 'failed' });
  });

  it('fails where the end of input does not reach the daemon', () => {
    expect(judgeHalfClose([one('after', { ended: false })])).toMatchObject({ state: 'failed' });
  });

  it('fails without an answer', () => {
    expect(judgeHalfClose([one('lost', { status: 0 })])).toMatchObject({ state: 'failed' });
  });

  it('is not checked where the daemon or the gate opens no tunnel', () => {
    const check = judgeHalfClose([
      one('lost', { status: 404, text: '{"message":"page not found"}' }),
    ]);
    expect(check).toMatchObject({ state: 'skipped' });
    expect(check.found).toContain('404: page not found');
  });
});
