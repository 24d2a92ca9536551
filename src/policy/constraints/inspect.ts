import type { BodyAction, BodyView } from '../../docker-api/body/bodies.ts';
import { EFFECTS, type Action } from '../../docker-api/effects.ts';
import type { Operation } from '../../docker-api/operation.ts';
import { isBefore } from '../../docker-api/version.ts';
import type { FactsOf } from '../selectors.ts';
import type { CallBody, ResolveHostPath } from '../types.ts';
import type { Constraints } from './constraints.ts';
import * as container from './container.ts';
import { never, type Check, type Inspection, type Violation } from './inspection.ts';
import * as network from './networks.ts';
import { QUERY_CHECKS } from './query.ts';
import { registryLogin } from './registry.ts';
import { secretSpec, serviceSpec } from './service.ts';
import { volumeCreate } from './volumes.ts';

/** Actions on the host itself: no constraint on their bodies would leave less than root. */
type HostAction = {
  [A in Action]: (typeof EFFECTS)[A] extends 'host-admin' ? A : never;
}[Action];

type BodyChecks = { readonly [A in Exclude<BodyAction, HostAction>]: Check<BodyView<A>> };

/** A check for each body that a constrained role may send: one that is forgotten does not compile. */
const BODY_CHECKS: BodyChecks = {
  'container.create': container.containerCreate,
  'container.start': container.containerStart,
  'container.update': container.containerUpdate,
  'exec.create': container.execCreate,
  'exec.start': container.execStart,
  'image.commit': container.imageCommit,
  'registry.login': registryLogin,
  'volume.create': volumeCreate,
  // Cluster volumes only.
  'volume.update': never,
  'service.create': serviceSpec,
  'service.update': serviceSpec,
  'secret.create': secretSpec,
  'secret.update': secretSpec,
  'config.create': secretSpec,
  'config.update': secretSpec,
  'network.create': network.networkCreate,
  'network.connect': network.networkConnect,
  'network.disconnect': network.networkDisconnect,
};

const CHECKS: ReadonlyMap<Action, Check<unknown>> = new Map(
  Object.entries(BODY_CHECKS) as [Action, Check<unknown>][],
);

/** Whether a constrained role may do this only as its body, which has to be read, says. */
export function isBodyConstrained(action: Action): boolean {
  return CHECKS.has(action);
}

/** Whether constraints have anything to say of an action beyond its name. */
export function isConstrained(action: Action): boolean {
  return (
    CHECKS.has(action) || Object.hasOwn(QUERY_CHECKS, action) || EFFECTS[action] === 'host-admin'
  );
}

export interface Constrained {
  readonly operation: Operation;
  readonly body: CallBody | undefined;
  readonly factsOf: FactsOf;
  readonly resolveHostPath: ResolveHostPath;
}

/**
 * Everything that a call asks for and these constraints do not allow. In doubt (a body that was not
 * read, a field that no rule knows, an object that cannot be seen) it is not allowed.
 */
export function violations(
  constraints: Constraints,
  { operation, body, factsOf, resolveHostPath }: Constrained,
): readonly Violation[] {
  const { action, effect, version } = operation;
  if (!isConstrained(action) && constraints.minimumVersion === undefined) return NONE;
  const found: Violation[] = [];
  const on: Inspection = { constraints, version, factsOf, resolveHostPath, violations: found };
  if (effect === 'host-admin') {
    found.push({
      field: action,
      what: 'it acts on the host itself, and no constraint can hold it',
      needed: UNCONSTRAINED,
    });
    return found;
  }
  checkVersion(on);
  QUERY_CHECKS[action]?.(operation, on);
  const check = CHECKS.get(action);
  if (check !== undefined) checkBody(check, action, body, on);
  return found;
}

const NONE: readonly Violation[] = [];

const UNCONSTRAINED = 'a role with "unconstrained: true"';

function checkVersion({ constraints: { minimumVersion }, version, violations: found }: Inspection) {
  if (minimumVersion === undefined) return;
  const { major, minor } = minimumVersion;
  if (!isBefore(version, major, minor)) return;
  found.push({
    field: 'the API version',
    what: 'it is older than the role may use, and means other defaults',
    needed: `version ${major}.${minor} or newer`,
  });
}

function checkBody(
  check: Check<unknown>,
  action: Action,
  body: CallBody | undefined,
  on: Inspection,
): void {
  if (body?.action !== action) {
    const what = 'the body has not been read';
    on.violations.push({ field: 'the body', what, needed: UNCONSTRAINED });
    return;
  }
  for (const pointer of body.unknownFields) {
    const field = pointer.slice(0, 100);
    on.violations.push({ field, what: 'no rule knows this field', needed: UNCONSTRAINED });
  }
  check(body.view, { path: '', on });
}
