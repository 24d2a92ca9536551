import { compileConstraints } from './constraints/constraints.ts';
import type { ConstraintSettings } from './constraints/settings.ts';
import { compileGlob } from './glob.ts';
import { ADMIN, PRESETS } from './presets.ts';
import { RuleIndex } from './rule-index.ts';
import { compileRule, type Grant, type Rule } from './rules.ts';
import type { LimitSettings, RoleSettings, RuleSettings } from './schema.ts';

/** A role with all that it inherits, by action. */
export interface Role {
  readonly name: string;
  /** True where its refusals are only recorded. */
  readonly warnsOnly: boolean;
  /** True for admin alone: it may do what is not understood. */
  readonly mayAnything: boolean;
  /** What comes without conditions first. */
  readonly allow: RuleIndex<Grant>;
  readonly deny: RuleIndex<Rule>;
  readonly grants: readonly Grant[];
  readonly denials: readonly Rule[];
  readonly limits: readonly LimitSettings[];
  /** What all who have a role may take together: its own, and those of roles that it inherits from. */
  readonly sharedLimits: readonly (readonly [role: string, limits: LimitSettings])[];
  /** The names of all roles that it inherits from. */
  readonly ancestors: readonly string[];
}

/** Says where a rule stands: `policy.yaml:12`. */
export type LabelOf = (role: string, list: 'allow' | 'deny', index: number) => string;

/** Gives each rule of a role, before it is put in order, and its constraints as they were written. */
interface Parts {
  readonly grants: readonly (Rule & { readonly held: ConstraintSettings | undefined })[];
  readonly denials: readonly Rule[];
  readonly limits: readonly LimitSettings[];
  readonly sharedLimits: Role['sharedLimits'];
  readonly ancestors: readonly string[];
}

/**
 * Compiles every role of a policy and every preset.
 *
 * @param roles whose inheritance is known to end. What is inherited of a role that is not there is
 * nothing.
 */
export function compileRoles(
  roles: Readonly<Record<string, RoleSettings>>,
  labelOf: LabelOf,
): ReadonlyMap<string, Role> {
  const all = new Map([...Object.entries(PRESETS), ...Object.entries(roles)]);
  const compiled = new Map<string, Role>();
  for (const [name, settings] of all) {
    const parts = partsOf(name, settings, all, labelOf);
    compiled.set(name, finish(name, settings, parts));
  }
  return compiled;
}

function partsOf(
  name: string,
  settings: RoleSettings,
  all: ReadonlyMap<string, RoleSettings>,
  labelOf: LabelOf,
): Parts {
  const inherited = (settings.inherits ?? []).flatMap((parent) => {
    const found = all.get(parent);
    return found === undefined ? [] : [partsOf(parent, found, all, labelOf)];
  });
  const compile = (list: 'allow' | 'deny', rules: readonly RuleSettings[]): readonly Rule[] =>
    rules.map((rule, index) =>
      compileRule(
        rule,
        Object.hasOwn(PRESETS, name) ? `preset ${name}` : labelOf(name, list, index),
      ),
    );
  // A rule keeps the constraints under which it was written, unless the heir has its own words.
  const own = settings.unconstrained === true ? undefined : (settings.constraints ?? {});
  const grants = [
    ...compile('allow', settings.allow).map((rule) => ({ ...rule, held: own })),
    ...inherited.flatMap((parent) =>
      parent.grants.map((grant) => ({ ...grant, held: heldBy(settings, grant.held) })),
    ),
  ];
  const shared = settings['shared-limits'];
  return {
    grants,
    denials: [
      ...compile('deny', settings.deny).map(withUnknown),
      ...inherited.flatMap((parent) => parent.denials),
    ],
    limits: [
      ...(settings.limits === undefined ? [] : [settings.limits]),
      ...inherited.flatMap((parent) => parent.limits),
    ],
    sharedLimits: [
      ...(shared === undefined ? [] : [[name, shared] as const]),
      ...inherited.flatMap((parent) => parent.sharedLimits),
    ],
    ancestors: [...(settings.inherits ?? []), ...inherited.flatMap((parent) => parent.ancestors)],
  };
}

/** A denial of everything is one of what is not understood, too. */
function withUnknown(rule: Rule): Rule {
  const isMeant = rule.settings.actions.some((word) => compileGlob(word).matches('unknown'));
  return isMeant ? { ...rule, actions: [...rule.actions, 'unknown'] } : rule;
}

function heldBy(
  heir: RoleSettings,
  inherited: ConstraintSettings | undefined,
): ConstraintSettings | undefined {
  if (heir.unconstrained === true) return undefined;
  return heir.constraints === undefined ? inherited : { ...inherited, ...heir.constraints };
}

function finish(name: string, settings: RoleSettings, parts: Parts): Role {
  const compiled = new Map<string, Grant['constraints']>();
  const grants = parts.grants
    .map(({ held, ...rule }): Grant => {
      if (held === undefined) return { ...rule, constraints: undefined };
      const key = JSON.stringify(held);
      const constraints = compiled.get(key) ?? compileConstraints(held);
      compiled.set(key, constraints);
      return { ...rule, constraints };
    })
    .sort((left, right) => conditions(left) - conditions(right));
  return {
    name,
    warnsOnly: settings.mode === 'warn',
    mayAnything: name === ADMIN,
    allow: new RuleIndex(grants),
    deny: new RuleIndex(parts.denials),
    grants,
    denials: parts.denials,
    limits: parts.limits,
    sharedLimits: parts.sharedLimits,
    ancestors: parts.ancestors,
  };
}

function conditions({ selectors, constraints }: Grant): number {
  return (selectors === undefined ? 0 : 2) + (constraints === undefined ? 0 : 1);
}
