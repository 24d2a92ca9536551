import { describe, expect, it } from 'vitest';
import { formatStatus, parseStatus } from '../../../src/notify/status-text.ts';

const listening = ['tcp://0.0.0.0:2376', 'tcp://[::1]:2377'];
const at = '2026-03-02T09:14:07.514Z';

describe('the status line', () => {
  it.each([
    ['without a reload', { listening, lastReload: undefined }],
    ['after a good one', { listening, lastReload: { at, cause: 'SIGHUP', refused: undefined } }],
    [
      'after one that was refused',
      { listening, lastReload: { at, cause: 'files changed', refused: 'a.yaml:1: x; y (z): w' } },
    ],
  ])('says the same to whoever reads it: %s', (_when, status) => {
    expect(parseStatus(formatStatus(status))).toEqual(status);
  });

  it('is plain English', () => {
    const lastReload = { at, cause: 'SIGHUP', refused: undefined };
    expect(formatStatus({ listening: ['tcp://127.0.0.1:1'], lastReload })).toBe(
      `listening on tcp://127.0.0.1:1; reloaded ${at} (SIGHUP): accepted`,
    );
  });

  it('is not found in what others wrote', () => {
    expect(parseStatus('stopping, calls in flight may finish')).toBeUndefined();
    expect(parseStatus('')).toBeUndefined();
  });
});
