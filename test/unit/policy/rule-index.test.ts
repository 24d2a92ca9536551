import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROPERTY } from '../helpers/property.ts';
import { container, decide, policyOf, refusal, roleOf } from '../../support/policy.ts';

const many = (rule: (at: number) => string): string =>
  Array.from({ length: 40 }, (_, at) => `  - ${rule(at)}`).join('\n');
const named = (kind: string) => (at: number) =>
  `{ actions: ["*"], ${kind === 'containers' ? `containers: { names: [x${at}] }` : `${kind}: [x${at}]`} }`;

const LETTERS = Array.from('abcdefghijklmnopqrstuvwxyz');

describe('many rules', () => {
  it.each([
    ['containers', 'POST /containers/REF/stop', 'container'],
    ['networks', 'GET /networks/REF', 'network'],
    ['volumes', 'DELETE /volumes/REF', 'volume'],
    ['images', 'GET /images/REF/json', 'image'],
  ] as const)('select as one by one: %s', (kind, call, factKind) => {
    const policy = roleOf(`allow:\n${many(named(kind))}`);
    const ask = (name: string): boolean =>
      decide(policy, call.replace('REF', name), {
        facts: [{ kind: factKind, ref: name, name }],
      }).allow;
    expect(ask('x7')).toBe(true);
    expect(ask('x39')).toBe(true);
    expect(ask('y')).toBe(false);
  });

  it('with patterns, labels and nothing among them select as one by one', () => {
    const start = 'POST /containers/REF/restart';
    const policy = roleOf(`allow:
${many(named('containers'))}
  - { actions: [container.restart], containers: { names: [web-*] } }
  - { actions: [container.restart], containers: { labels: { a: b } } }
  - { actions: [container.stop], containers: { names: [x1, y1] } }
  - container.kill
`);
    const ask = (call: string, facts: object = {}): boolean =>
      decide(policy, call.replace('REF', 'r'), { facts: [container('r', facts)] }).allow;
    expect(ask(start, { name: 'web-1' })).toBe(true);
    expect(ask(start, { name: 'z', labels: { a: 'b' } })).toBe(true);
    expect(ask(start, { name: 'z' })).toBe(false);
    expect(ask('POST /containers/REF/stop', { name: 'y1' })).toBe(true);
    expect(ask('POST /containers/REF/kill', { name: 'z' })).toBe(true);
    expect(decide(policy, start.replace('REF', 'r')).allow).toBe(false);
    const gone = [{ kind: 'container', ref: 'x3', missing: true } as const];
    expect(decide(policy, 'POST /containers/x3/restart', { facts: gone }).allow).toBe(true);
  });

  it('of which none is about that name say what it would take', () => {
    const policy = roleOf(`allow:\n${many(named('containers'))}`);
    const facts = [container('z')];
    expect(refusal(policy, 'POST /containers/z/stop', { facts })).toMatch(
      /container "z" is not what the role selects; a rule whose containers select that/,
    );
  });

  it('that forbid do so under a new name too, and in doubt', () => {
    const policy = roleOf(`allow: ["*"]\ndeny:\n${many(named('containers'))}`);
    const facts = [container('web'), container('x5')];
    const ask = (call: string): boolean => decide(policy, call, { facts }).allow;
    expect(ask('POST /containers/web/stop')).toBe(true);
    expect(ask('POST /containers/x5/stop')).toBe(false);
    expect(ask('POST /containers/web/rename?name=x5')).toBe(false);
    expect(ask('POST /containers/web/rename?name=y')).toBe(true);
    expect(ask('POST /containers/unasked/stop')).toBe(false);
  });

  it('decide as a few of them do', () => {
    const names = fc.uniqueArray(fc.constantFrom(...LETTERS), {
      minLength: 1,
      maxLength: 26,
    });
    fc.assert(
      fc.property(names, fc.constantFrom(...LETTERS), (selected, name) => {
        const rules = selected.map(
          (one) => `  - { actions: [exec], containers: { names: [${one}] } }`,
        );
        const policy = policyOf(
          `users: [{ user: alice, roles: [r] }]\nroles:\n  r:\n    allow:\n${rules.join('\n').replaceAll(/^/gm, '    ')}\n`,
        );
        const asked = { facts: [container(name)] };
        expect(decide(policy, `POST /containers/${name}/attach`, asked).allow).toBe(
          selected.includes(name),
        );
      }),
      { ...PROPERTY, numRuns: 60 },
    );
  });
});
