import { Buffer } from 'node:buffer';
import console from 'node:console';
import { performance } from 'node:perf_hooks';
import { versions } from 'node:process';
import { readBody } from '../dist/docker-api/body/read-body.js';

/*
 * How long it takes to read the body of a container create of 64 KB, whole: UTF-8, JSON, view.
 *
 *     npm run build && node bench/body.js
 */
const SIZE = 64 * 1024;
const WARM_UP = 200;
const RUNS = 1_000;

/** A create as a big compose file makes it: variables, labels, mounts, ports. */
function createBody(end) {
  const body = {
    Image: 'registry.example.org/team/app@sha256:'.padEnd(100, 'a'),
    Cmd: ['serve', '--verbose'],
    Env: [],
    Labels: {},
    HostConfig: { Mounts: [], PortBindings: {}, CapDrop: ['ALL'], Memory: 512 * 2 ** 20 },
    NetworkingConfig: { EndpointsConfig: { front: { Aliases: ['app'] } } },
  };
  const { Mounts, PortBindings } = body.HostConfig;
  for (let at = 0; JSON.stringify(body).length < SIZE; at += 1) {
    body.Env.push(`APPLICATION_SETTING_${at}=https://service-${at}.example.org/?value=${at}${end}`);
    body.Labels[`org.example.application.label-${at}`] = `some value of label ${at}${end}`;
    if (at % 8 === 0) {
      Mounts.push({ Type: 'bind', Source: `/srv/${at}`, Target: `/data/${at}`, ReadOnly: true });
    }
    if (at % 16 === 0) {
      PortBindings[`${8000 + at}/tcp`] = [{ HostIp: '127.0.0.1', HostPort: `${at}` }];
    }
  }
  return Buffer.from(JSON.stringify(body));
}

function measure(name, run) {
  for (let at = 0; at < WARM_UP; at += 1) run();
  const times = [];
  for (let at = 0; at < RUNS; at += 1) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (share) => `${times[RUNS * share].toFixed(3)} ms`;
  console.log(`${name.padEnd(62)} median ${at(0.5)}   p90 ${at(0.9)}`);
}

console.log(`Node ${versions.node}, ${RUNS} runs each`);
for (const [what, end] of [
  ['no escapes', ''],
  ['an escape in each string', ' "quoted"\n'],
]) {
  const bytes = createBody(end);
  const name = `${bytes.length} bytes, ${what}`;
  measure(`${name}: as the daemon reads it`, () => readBody('container.create', '1.51', bytes));
  measure(`${name}: JSON.parse`, () => JSON.parse(bytes.toString()));
}
