/** `dockgate policy explain`: what a policy makes of one call, and why. */
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { rehearse } from '../../app/rehearsal.ts';
import { CommandError } from '../../errors.ts';
import type { OpenPolicy } from '../../policy/policy.ts';
import { whenIs, whoIs, type Entry } from '../../policy/who.ts';
import { refusalText } from '../../policy/refusal.ts';
import type { Decision, Narrowing, Reference, TargetFacts } from '../../policy/types.ts';
import { print, printJson } from '../terminal.ts';
import { bodyOf, callerOf, callOf, emptyBody } from './asked-call.ts';
import { loadPolicy } from './files.ts';

const OPTIONS = {
  policy: {
    type: 'string',
    requiresArg: true,
    describe: 'The policy; DOCKGATE_POLICY where it is not given',
  },
  user: { type: 'string', requiresArg: true, demandOption: true, describe: 'Who calls' },
  body: { type: 'string', requiresArg: true, describe: 'File with the JSON body of the call' },
  role: { type: 'string', requiresArg: true, describe: 'Role in the certificate' },
  fingerprint: { type: 'string', requiresArg: true, describe: 'SHA-256 of the certificate' },
  ca: {
    type: 'string',
    requiresArg: true,
    describe: 'Outside CA that issued the certificate, as "cas" names it',
  },
  address: { type: 'string', requiresArg: true, describe: 'IP address that the call is from' },
  label: {
    type: 'string',
    array: true,
    nargs: 1,
    default: [] as string[],
    describe: 'NAME=VALUE of the container that is asked for; repeatable',
  },
  image: { type: 'string', requiresArg: true, describe: 'Image of that container' },
  json: { type: 'boolean', default: false, describe: 'Print the result as JSON' },
} as const;

interface ExplainArguments {
  call: string;
  policy: string | undefined;
  user: string;
  body: string | undefined;
  role: string | undefined;
  fingerprint: string | undefined;
  ca: string | undefined;
  address: string | undefined;
  label: string[];
  image: string | undefined;
  json: boolean;
}

export function builder(yargs: Argv): Argv<ExplainArguments> {
  return yargs
    .positional('call', {
      type: 'string',
      demandOption: true,
      describe: 'Method and path, as "POST /v1.41/containers/web/start"',
    })
    .options(OPTIONS)
    .example('$0 policy explain --policy p.yaml --user ci "POST /build"', 'may ci build?')
    .example(
      '$0 policy explain --policy p.yaml --user alice --body create.json "POST /v1.44/containers/create"',
      'a call with its body',
    )
    .example(
      '$0 policy explain --policy p.yaml --user alice --label team=web "POST /containers/x/stop"',
      'a container that has a label',
    )
    .epilogue('Exit code: 0 for allowed and refused alike; 2 for what is no call or no policy.');
}

export function handler(argv: ArgumentsCamelCase<ExplainArguments>): void {
  const policy = loadPolicy(policyFile(argv.policy));
  const explanation = explain(policy, argv);
  if (argv.json) printJson(explanation);
  else for (const line of linesOf(explanation)) print(line);
}

function policyFile(given: string | undefined): string {
  const file = given ?? process.env['DOCKGATE_POLICY'];
  if (file !== undefined) return file;
  throw new CommandError('USAGE', 'no policy is named', 'name one with --policy PATH');
}

interface Explanation {
  readonly call: string;
  readonly action: string;
  readonly effect: string;
  /** On which listener there is such a call. */
  readonly listener: 'gate' | 'metrics';
  /** What is to be known of it besides. */
  readonly watching: string | undefined;
  readonly roles: readonly string[];
  readonly decision: Decision;
  readonly narrowing: Narrowing | undefined;
  /** Entries that would give roles at another time, or from another address. */
  readonly idle: readonly string[];
  /** What the daemon would be asked, and the answer that is taken for given here. */
  readonly assumed: readonly TargetFacts[];
  /** No body was given: one that asks for nothing is taken for it. */
  readonly isBodyAssumed: boolean;
}

const WATCHING = {
  page: 'on the listener of --metrics; on loopback a page is for everybody there, whatever a policy says',
  view: 'on the listener of --metrics; on loopback the caller is the user "monitor"',
} as const;

function explain(policy: OpenPolicy, argv: ArgumentsCamelCase<ExplainArguments>): Explanation {
  const { operation, watching } = callOf(argv.call);
  const caller = callerOf(argv, policy);
  const judge = rehearse(policy, caller, operation);
  const isEmpty = argv.body === undefined && judge.needs.body;
  const body = isEmpty ? emptyBody(operation) : bodyOf(operation, argv.body);
  const assumed = judge.references(body).map((reference) => assume(reference, argv));
  const decision = judge.decide({ operation, body, facts: assumed });
  const narrowing = decision.allow ? judge.narrow() : undefined;
  return {
    call: argv.call,
    action: operation.action,
    effect: operation.effect,
    listener: watching === undefined ? 'gate' : 'metrics',
    watching: watching && WATCHING[watching],
    roles: policy.rolesOf(caller).map(({ name }) => name),
    decision,
    idle: policy.idleEntries(caller).map(idleInWords),
    narrowing: isPlain(narrowing) ? undefined : narrowing,
    assumed,
    isBodyAssumed: isEmpty,
  };
}

function idleInWords({ settings, roles }: Entry): string {
  return `${whoIs(settings)} ${whenIs(settings)}: ${roles.map(({ name }) => name).join(', ')}`;
}

function isPlain(narrowing: Narrowing | undefined): boolean {
  return narrowing?.kind === 'as-is' && narrowing.warned === undefined;
}

/** The daemon is not asked: a name is taken to be the object's name, and a volume to be plain. */
function assume({ kind, ref }: Reference, { label, image }: ExplainArguments): TargetFacts {
  switch (kind) {
    case 'container':
    case 'exec':
      return { kind, ref, name: ref, labels: labelsOf(label), image: image ?? '' };
    case 'image':
      return { kind, ref, names: [ref], user: '', env: [] };
    case 'network':
      return { kind, ref, name: ref };
    case 'volume':
      return { kind, ref, driver: 'local', options: {} };
  }
}

function labelsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [name, value.join('=')] as const;
    }),
  );
}

function* linesOf(explanation: Explanation): Generator<string> {
  const { call, action, effect, roles, decision, idle, narrowing, assumed } = explanation;
  yield `${call}: ${action} (${effect})`;
  if (explanation.watching !== undefined) yield explanation.watching;
  yield `roles: ${roles.length === 0 ? 'none' : roles.join(', ')}`;
  for (const entry of idle) yield `not in force for this call: the entry for ${entry}`;
  if (decision.allow) {
    yield `allowed to "${decision.role}" by ${decision.rule}`;
    if (decision.warned !== undefined) yield `with a warning: ${decision.warned}`;
  } else {
    yield refusalText(decision);
    if (decision.rule !== undefined) yield `nearest rule: ${decision.rule}`;
  }
  if (narrowing?.kind === 'filters') yield `held to: ${JSON.stringify(narrowing.filters)}`;
  if (narrowing?.kind === 'as-is') yield `with a warning: ${String(narrowing.warned)}`;
  if (explanation.isBodyAssumed)
    yield 'assumed: a body that asks for nothing; --body FILE shows another';
  for (const { kind, ref } of assumed) {
    yield `assumed: the ${kind} ${JSON.stringify(ref)} is called that; the daemon was not asked`;
  }
}
