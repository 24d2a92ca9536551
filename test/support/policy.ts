import { isBodyAction } from '../../src/docker-api/body/bodies.ts';
import { readBody } from '../../src/docker-api/body/read-body.ts';
import { readOperation, type Operation } from '../../src/docker-api/operation.ts';
import { mayBeImageId } from '../../src/policy/image-pattern.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import type { OpenPolicy } from '../../src/policy/policy.ts';
import type {
  CallBody,
  Caller,
  Decision,
  Question,
  Reference,
  TargetFacts,
} from '../../src/policy/types.ts';

/** Read once each: a policy keeps no state. */
const READ = new Map<string, OpenPolicy>();

/** A policy that is known to be right. */
export function policyOf(text: string): OpenPolicy {
  const known = READ.get(text);
  if (known !== undefined) return known;
  const parsed = parsePolicy(text, 'policy.yaml');
  if (!parsed.ok) throw new Error(problemsOf(text).join('\n'));
  READ.set(text, parsed.policy);
  return parsed.policy;
}

/** `3:5 message` of everything that is wrong. */
export function problemsOf(text: string): readonly string[] {
  const parsed = parsePolicy(text, 'policy.yaml');
  if (parsed.ok) return [];
  return parsed.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

/** Alice has the role "test", which is what the lines say. */
export function roleOf(lines: string): OpenPolicy {
  const indented = lines.trim().replaceAll(/^/gm, '    ');
  return policyOf(`users:\n  - user: alice\n    roles: [test]\nroles:\n  test:\n${indented}\n`);
}

/** Alice may create and change things within constraints, given as YAML in one line or more. */
export function constrained(constraints = '{}', actions = '["*"]'): OpenPolicy {
  const inner = constraints.trim().startsWith('{')
    ? ` ${constraints.trim()}`
    : `\n${constraints.trim().replaceAll(/^/gm, '  ')}`;
  return roleOf(`allow: [{ actions: ${actions} }]\nconstraints:${inner}`);
}

export const ALICE: Caller = {
  user: 'alice',
  fingerprint: 'ab'.repeat(32),
  address: '192.0.2.7',
  now: Date.parse('2026-06-01T12:00:00Z'),
};

export interface Asked {
  readonly body?: unknown;
  readonly facts?: readonly TargetFacts[];
  readonly resolveHostPath?: Question['resolveHostPath'];
  readonly caller?: Partial<Caller>;
}

/** `POST /v1.44/containers/create`, with a body as a client would send it. */
export function questionOf(call: string, asked: Asked = {}): Question {
  const operation = operationOf(call);
  const body = asked.body === undefined ? undefined : bodyOf(operation, asked.body);
  return {
    caller: { ...ALICE, ...asked.caller },
    operation,
    body,
    facts: [...(asked.facts ?? []), ...imageOf(body)],
    // Without a question about links there are none.
    resolveHostPath: asked.resolveHostPath ?? ((path) => path),
  };
}

/** Unless a test says otherwise, the image of a create is not there. */
function imageOf(body: CallBody | undefined): readonly TargetFacts[] {
  if (body?.action !== 'container.create') return [];
  const { Image: ref = '' } = body.view;
  return mayBeImageId(ref) ? [] : [{ kind: 'image', ref, missing: true }];
}

export function operationOf(call: string): Operation {
  const [method = '', target = ''] = call.split(' ');
  return readOperation(method, target);
}

/** @param body a value, or JSON text as it is. */
export function bodyOf({ action, version }: Operation, body: unknown): CallBody {
  if (!isBodyAction(action)) throw new Error(`${action} has no body that is read`);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { action, ...readBody(action, version, Buffer.from(text)) } as CallBody;
}

export function decide(policy: OpenPolicy, call: string, asked?: Asked): Decision {
  return policy.decide(questionOf(call, asked));
}

/** The whole text of a refusal; undefined where the call is allowed. */
export function refusal(policy: OpenPolicy, call: string, asked?: Asked): string | undefined {
  const decision = decide(policy, call, asked);
  return decision.allow ? undefined : `${decision.reason}; ${decision.needed}`;
}

export function referencesOf(
  policy: OpenPolicy,
  call: string,
  asked?: Asked,
): readonly Reference[] {
  return policy.references(questionOf(call, asked));
}

export const CREATE = 'POST /v1.51/containers/create?name=web-1';

/** A container that the daemon knows. */
export function container(ref: string, facts: Partial<TargetFacts> = {}): TargetFacts {
  return {
    kind: 'container',
    ref,
    id: '4f'.repeat(32),
    name: ref,
    labels: {},
    image: 'busybox',
    ...facts,
  };
}
