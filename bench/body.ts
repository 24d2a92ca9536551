/**
 * What it costs to read the body of a container create of 64 KB, whole: UTF-8, JSON, view.
 * Nothing is asserted. The aim is below 1 ms.
 */
import { performance } from 'node:perf_hooks';
import { readBody } from '../src/docker-api/body/read-body.ts';

const SIZE = 64 * 1024;
const WARM_UP = 200;
const RUNS = 1_000;

/** A create as a big compose file makes it; `end` is put behind each value. */
function createBody(end: string): Buffer {
  const env: string[] = [];
  const labels: Record<string, string> = {};
  const mounts: unknown[] = [];
  const ports: Record<string, unknown> = {};
  const body = {
    Image: 'registry.example.org/team/app@sha256:'.padEnd(100, 'a'),
    Cmd: ['serve', '--verbose'],
    Env: env,
    Labels: labels,
    HostConfig: { Mounts: mounts, PortBindings: ports, CapDrop: ['ALL'], Memory: 512 * 2 ** 20 },
    NetworkingConfig: { EndpointsConfig: { front: { Aliases: ['app'] } } },
  };
  for (let at = 0; JSON.stringify(body).length < SIZE; at += 1) {
    env.push(`APPLICATION_SETTING_${at}=https://service-${at}.example.org/?value=${at}${end}`);
    labels[`org.example.application.label-${at}`] = `some value of label ${at}${end}`;
    if (at % 8 === 0) {
      mounts.push({ Type: 'bind', Source: `/srv/${at}`, Target: `/data/${at}`, ReadOnly: true });
    }
    if (at % 16 === 0) ports[`${8000 + at}/tcp`] = [{ HostIp: '127.0.0.1', HostPort: `${at}` }];
  }
  return Buffer.from(JSON.stringify(body));
}

function measure(name: string, run: () => unknown): void {
  for (let at = 0; at < WARM_UP; at += 1) run();
  const times: number[] = [];
  for (let at = 0; at < RUNS; at += 1) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => `${(times[RUNS * share] ?? 0).toFixed(3)} ms`;
  console.log(`${name.padEnd(62)} median ${at(0.5)}   p90 ${at(0.9)}`);
}

console.log(`Node ${process.versions.node}, ${RUNS} runs each`);
for (const [what, end] of [
  ['no escapes', ''],
  ['an escape in each string', ' "quoted"\n'],
] as const) {
  const bytes = createBody(end);
  const name = `${bytes.length} bytes, ${what}`;
  measure(`${name}: as the daemon reads it`, () =>
    readBody('container.create', { major: 1, minor: 51 }, bytes),
  );
  measure(`${name}: JSON.parse`, () => JSON.parse(bytes.toString()) as unknown);
}
