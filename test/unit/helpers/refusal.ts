import { expect } from 'vitest';
import { CallError, CommandError } from '../../../src/errors.ts';

/** The CallError that `action` throws. */
export function refusalOf(action: () => unknown): CallError {
  const error = thrownBy(action);
  expect(error).toBeInstanceOf(CallError);
  return error as CallError;
}

/** The CallError that `action` rejects with. */
export async function refusedAsync(
  action: () => Promise<unknown>,
  code?: CallError['code'],
): Promise<CallError> {
  const error: unknown = await action().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CallError);
  const refusal = error as CallError;
  if (code !== undefined) expect(refusal.code).toBe(code);
  return refusal;
}

/** The CommandError that `action` throws; both of its lines are lines. */
export function failureOf(action: () => unknown): CommandError {
  const error = thrownBy(action);
  expect(error).toBeInstanceOf(CommandError);
  const failure = error as CommandError;
  expect(failure.message).toMatch(/^[^\n]+$/);
  expect(failure.hint).toMatch(/^[^\n]+$/);
  return failure;
}

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
