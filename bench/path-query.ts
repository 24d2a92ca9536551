/**
 * What it costs to read the path and the query of a request: `npm run bench:path`. Each figure is the
 * median of many batches, in µs for one call, of the clock and of the CPU; the second is the one to
 * look at where the machine has other work. Nothing is asserted. The aim is below 5 µs.
 */
import { readBuildQuery } from '../src/docker-api/build-query.ts';
import { readFilters } from '../src/docker-api/filters.ts';
import { boolValue } from '../src/docker-api/form.ts';
import { readOperation, type Operation } from '../src/docker-api/operation.ts';

const BATCHES = 400;
const CALLS = 500;

const FILTERS = encodeURIComponent(
  '{"label":{"com.example.app=shop":true},"status":{"running":true}}',
);
const BUILD = [
  't=registry.example%3A5000%2Fshop%2Fapi%3A1.2.3&t=shop%2Fapi%3Alatest&dockerfile=Dockerfile&rm=1',
  'buildargs=%7B%22VERSION%22%3A%221.2.3%22%2C%22TOKEN%22%3A%22x%22%7D&labels=%7B%22a%22%3A%22b%22%7D',
  'cachefrom=%5B%22shop%2Fapi%3Acache%22%5D&networkmode=default&platform=linux%2Famd64&version=1',
].join('&');

const CASES: readonly (readonly [name: string, run: () => unknown])[] = [
  ['ping', call('HEAD', '/_ping')],
  ['info', call('GET', '/v1.51/info')],
  ['container list, with filters', call('GET', `/v1.51/containers/json?all=1&filters=${FILTERS}`)],
  ['container inspect', call('GET', `/v1.51/containers/${'4f'.repeat(32)}/json`)],
  [
    'container create',
    call('POST', '/v1.51/containers/create?name=shop-api-1&platform=linux%2Famd64'),
  ],
  ['container logs', call('GET', '/v1.51/containers/web/logs?follow=1&stdout=1&stderr=1&tail=all')],
  ['exec start', call('POST', `/v1.51/exec/${'4f'.repeat(32)}/start`)],
  [
    'image pull',
    call('POST', '/v1.51/images/create?fromImage=docker.io%2Flibrary%2Fbusybox&tag=1.36'),
  ],
  ['image inspect, %2F', call('GET', '/v1.51/images/registry.example%2Fshop%2Fapi:1.2.3/json')],
  ['a plugin, last in the table', call('POST', '/v1.51/plugins/vieux%2Fsshfs:latest/set')],
  ['unknown route', call('GET', '/v1.51/new/thing?x=1')],
  ['image build', call('POST', `/v1.51/build?${BUILD}`)],
  ['list and its parameters', parameters],
  ['build and its parameters', buildParameters],
];

function call(method: string, target: string): () => Operation {
  return () => readOperation(method, target);
}

function parameters(): unknown {
  const target = `/v1.51/containers/json?all=1&size=0&filters=${FILTERS}`;
  const { query } = readOperation('GET', target);
  return [boolValue(query, 'all'), boolValue(query, 'size'), readFilters(query)];
}

function buildParameters(): unknown {
  return readBuildQuery(readOperation('POST', `/v1.51/build?${BUILD}`).query);
}

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
