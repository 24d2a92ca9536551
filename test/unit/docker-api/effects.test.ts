import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EFFECTS, PROMISES, type EffectClass } from '../../../src/docker-api/effects.ts';
import { ROUTES } from '../../../src/docker-api/routes.ts';
import { EFFECT_VECTORS } from '../helpers/vectors.ts';

const PROMISED = ['changes', 'reveals', 'hostPower', 'callsOut'] as const;
const classOf = (action: string): EffectClass => EFFECTS[action as keyof typeof EFFECTS];

/** The rows of a class, for tests that say what must be in it. */
const actionsIn = (...classes: readonly EffectClass[]) =>
  EFFECT_VECTORS.filter(({ action }) => classes.includes(classOf(action))).map(
    ({ action }) => action,
  );

describe('the effect classes', () => {
  it('are those of the vectors, action by action', () => {
    expect(EFFECTS).toEqual(
      Object.fromEntries(EFFECT_VECTORS.map(({ action, effect }) => [action, effect])),
    );
  });

  it('cover every action of every route', () => {
    const routed = new Set<string>(ROUTES.map(({ action }) => action));
    const byQuery = ['container.restore', 'image.import', 'unknown'];
    const ofTheGate = ['gate.health', 'gate.metrics'];
    expect(Object.keys(EFFECTS).sort()).toEqual([...routed, ...byQuery, ...ofTheGate].sort());
  });

  it('have a row each', () => {
    const used = new Set(Object.values(EFFECTS));
    expect([...used].sort()).toEqual(Object.keys(PROMISES).sort());
  });

  it.each(EFFECT_VECTORS)('keep what $effect promises for $action: $why', (row) => {
    const promises = PROMISES[classOf(row.action)];
    for (const fact of PROMISED) {
      if (!promises[fact]) expect(row[fact], `${row.effect} promises no "${fact}"`).toBe(false);
    }
  });

  it.each(Object.entries(PROMISES))('say of %s only what some row can do', (effect, promises) => {
    const rows = EFFECT_VECTORS.filter(({ action }) => classOf(action) === effect);
    for (const fact of PROMISED) {
      expect(
        rows.some((row) => row[fact]),
        fact,
      ).toBe(promises[fact]);
    }
  });

  it('let nothing that changes or reveals anything be harmless', () => {
    for (const row of EFFECT_VECTORS.filter(({ effect }) => /^(?:meta|read)$/.test(effect))) {
      expect(row).toMatchObject({
        changes: false,
        reveals: false,
        hostPower: false,
        callsOut: false,
      });
    }
  });

  it('keep whatever gives power over the host in classes that say so', () => {
    const powerful = EFFECT_VECTORS.filter(({ hostPower }) => hostPower);
    const mild = actionsIn(
      ...(['meta', 'read', 'read-sensitive', 'outbound', 'write', 'rename', 'destroy'] as const),
      ...(['image-in', 'image-out', 'debug'] as const),
    );
    expect(powerful.length).toBeGreaterThan(30);
    expect(powerful.filter(({ action }) => mild.includes(action))).toEqual([]);
  });

  it.each([
    ['volume.create', 'create-resource'],
    ['network.create', 'create-resource'],
    ['image.inspect', 'read-sensitive'],
    ['image.history', 'read-sensitive'],
    ['plugin.list', 'read-sensitive'],
    ['container.list', 'read-sensitive'],
    ['swarm.inspect', 'host-admin'],
    ['container.rename', 'rename'],
    ['image.tag', 'rename'],
    ['registry.login', 'outbound'],
    ['container.update', 'create-workload'],
    ['unknown', 'unknown'],
  ])('put %s with %s', (action, effect) => {
    expect(classOf(action)).toBe(effect);
  });
});

describe('the decision record', () => {
  const page = new URL('../../../docs/decisions/0010-effect-classes.md', import.meta.url);
  const rows = readFileSync(page, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));

  it('says what each class promises', () => {
    const classes = rows.filter((cells) => cells.length === 8);
    const said = classes.map(([, name, ...cells]) => [
      name,
      Object.fromEntries(PROMISED.map((fact, at) => [fact, cells[at] !== ''])),
    ]);
    expect(Object.fromEntries(said)).toEqual(PROMISES);
  });

  it('says to where each action moved', () => {
    const moved = rows.filter((cells) => cells.length === 6);
    expect(moved.length).toBeGreaterThan(20);
    for (const [, action = '', was, is, why] of moved) {
      expect(is).not.toBe(was);
      const row = EFFECT_VECTORS.find((vector) => vector.action === action);
      expect([row?.effect, row?.why.replaceAll('`', '')]).toEqual([is, why]);
    }
  });
});
