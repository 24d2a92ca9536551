/**
 * What a decision costs: `npm run bench:policy`. Each figure is the median of many batches, in µs for
 * one call, of the clock and of the CPU; the second is the one to look at where the machine has other
 * work. The aims: a decision by path alone below 5 µs, and 1,000 rules at most twice the time of 10.
 * Nothing is asserted.
 */
import { readBody } from '../src/docker-api/body/read-body.ts';
import { readOperation } from '../src/docker-api/operation.ts';
import { parsePolicy } from '../src/policy/parse.ts';
import type { OpenPolicy } from '../src/policy/policy.ts';
import type { CallBody, Caller, TargetFacts } from '../src/policy/types.ts';

const BATCHES = 300;
const CALLS = 500;

const CALLER: Caller = {
  user: 'alice',
  fingerprint: 'ab'.repeat(32),
  address: '192.0.2.7',
  now: Date.now(),
};

function policy(text: string): OpenPolicy {
  const parsed = parsePolicy(text, 'policy.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}

/** Alice among others, with rules that each name one container and one network. */
function rules(count: number): OpenPolicy {
  const lines = Array.from(
    { length: count },
    (_, at) => `      - { actions: [container.*, exec.*], containers: { names: [web-${at}] } }`,
  );
  const users = Array.from(
    { length: count },
    (_, at) => `  - { user: user-${at}, roles: [viewer] }`,
  );
  return policy(
    `users:\n  - { user: alice, roles: [r] }\n${users.join('\n')}\nroles:\n  r:\n    allow:\n      - read\n${lines.join('\n')}\n`,
  );
}

const preset = (name: string): OpenPolicy => policy(`users: [{ user: alice, roles: [${name}] }]`);

function byPath(asked: OpenPolicy, method: string, target: string): () => unknown {
  const operation = readOperation(method, target);
  return () => asked.decide({ caller: CALLER, operation });
}

function byFacts(asked: OpenPolicy, name: string): () => unknown {
  const operation = readOperation('POST', `/v1.51/containers/${name}/stop`);
  const facts: TargetFacts[] = [{ kind: 'container', ref: name, name, id: '4f'.repeat(32) }];
  return () => asked.decide({ caller: CALLER, operation, facts });
}

function create(asked: OpenPolicy): () => unknown {
  const operation = readOperation('POST', '/v1.51/containers/create?name=web-1');
  const HostConfig = {
    ...{ Binds: null, LogConfig: { Type: '', Config: {} }, NetworkMode: 'bridge', Memory: 2 ** 28 },
    ...{ PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] }, CapAdd: ['CHOWN'] },
    ...{ RestartPolicy: { Name: 'always' }, SecurityOpt: ['no-new-privileges'] },
  };
  const text = JSON.stringify({ Image: 'busybox', Cmd: ['true'], Env: ['A=b'], HostConfig });
  const reading = readBody('container.create', operation.version, Buffer.from(text));
  const body = { action: 'container.create', ...reading } as CallBody;
  return () => asked.decide({ caller: CALLER, operation, body });
}

const CASES: readonly (readonly [name: string, run: () => unknown])[] = [
  ['by path: viewer, list', byPath(preset('viewer'), 'GET', '/v1.51/containers/json')],
  ['by path: viewer, refused', byPath(preset('viewer'), 'POST', '/v1.51/containers/x/stop')],
  ['by path: admin, create', byPath(preset('admin'), 'POST', '/v1.51/containers/create')],
  ['by path: 10 rules', byPath(rules(10), 'GET', '/v1.51/networks/x')],
  ['by path: 1,000 rules', byPath(rules(1_000), 'GET', '/v1.51/networks/x')],
  ['by name: 10 rules', byFacts(rules(10), 'web-7')],
  ['by name: 1,000 rules', byFacts(rules(1_000), 'web-7')],
  ['by name: 10 rules, refused', byFacts(rules(10), 'db')],
  ['by name: 1,000 rules, refused', byFacts(rules(1_000), 'db')],
  ['by body: deployer, create', create(preset('deployer'))],
];

/** Medians for one call, in µs. */
function measure(run: () => unknown): { readonly clock: number; readonly cpu: number } {
  const clock: number[] = [];
  const cpu: number[] = [];
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const before = process.cpuUsage();
    const start = process.hrtime.bigint();
    for (let at = 0; at < CALLS; at += 1) run();
    clock.push(Number(process.hrtime.bigint() - start) / 1_000 / CALLS);
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / CALLS);
  }
  return { clock: median(clock), cpu: median(cpu) };
}

function median(times: number[]): number {
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

// Once for the compiler.
for (const [, run] of CASES) measure(run);
console.log(`Node ${process.version}; µs for one call${' '.repeat(5)}clock     CPU`);
for (const [name, run] of CASES) {
  const { clock, cpu } = measure(run);
  console.log(`${name.padEnd(30)} ${clock.toFixed(2).padStart(7)} ${cpu.toFixed(2).padStart(7)}`);
}
