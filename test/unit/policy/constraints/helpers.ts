import { expect } from 'vitest';
import type { TargetFacts } from '../../../../src/policy/types.ts';
import { constrained, refusal, type Asked } from '../../../support/policy.ts';

/** `HostConfig.Binds[0]`, …; undefined where the call is allowed. */
export function refusedField(
  constraints: string,
  call: string,
  asked: Asked = {},
): string | undefined {
  const text = refusal(constrained(constraints), call, asked);
  if (text === undefined) return undefined;
  return /refused to the role "test": (.*?): /s.exec(text)?.[1] ?? text;
}

export interface CreateCase extends Asked {
  readonly call?: string;
}

/** A create with these parts of a HostConfig. */
export function hostConfigRefused(
  constraints: string,
  HostConfig: object,
  { call = 'POST /v1.51/containers/create', ...asked }: CreateCase = {},
): string | undefined {
  return refusedField(constraints, call, { body: { Image: 'busybox', HostConfig }, ...asked });
}

/** Refused without the setting, and allowed with it. */
export function opens(setting: string, HostConfig: object, more: CreateCase = {}): void {
  expect(hostConfigRefused('{}', HostConfig, more)).toBeDefined();
  expect(hostConfigRefused(setting, HostConfig, more)).toBeUndefined();
}

export const plainVolume = (ref: string): TargetFacts => ({
  kind: 'volume',
  ref,
  driver: 'local',
  options: {},
});

export const network = (ref: string, name = ref): TargetFacts => ({ kind: 'network', ref, name });
