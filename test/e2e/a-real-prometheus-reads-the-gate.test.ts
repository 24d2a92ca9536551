import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTAINER_SERIES } from '../../src/monitor/containers/readings.ts';
import { SERIES } from '../../src/monitor/series.ts';
import { Child, mustRun, run } from '../support/e2e/child.ts';
import { docker } from '../support/e2e/docker.ts';
import { Gate } from '../support/e2e/gate.ts';
import { freePort } from '../support/e2e/machine.ts';
import { endToEndGate } from '../support/e2e/suite.ts';
import { clientEnv, IMAGE, type Endpoint, type World } from '../support/e2e/world.ts';

const PACKAGING = resolve(import.meta.dirname, '../../packaging');
const RULES = join(PACKAGING, 'prometheus/dockgate.rules.yaml');
const DASHBOARD = join(PACKAGING, 'grafana/dockgate.json');

const missing = ['prometheus', 'promtool'].filter((name) => !existsSync(`/usr/bin/${name}`));
if (missing.length > 0 && process.env['CI'] === 'true') {
  throw new Error(`${missing.join(', ')} is missing (Debian: prometheus)`);
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const panels = (JSON.parse(readFileSync(DASHBOARD, 'utf8')) as { panels: readonly Panel[] }).panels;

/** Every query of the dashboard, with what Grafana puts in. */
const QUERIES = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({
    title,
    query: expr.replaceAll('$instance', '.+').replaceAll('$__rate_interval', '20s'),
  })),
);

/** This machine's block devices may count nothing, and then neither does the daemon. */
const MAY_BE_EMPTY = 'container_fs_';

describe.skipIf(missing.length > 0)('with Debian’s prometheus', () => {
  it('promtool finds nothing wrong with rules, their tests, and the example configuration', async () => {
    const directory = join(PACKAGING, 'prometheus');
    const check = (...args: string[]) => run('promtool', args, { cwd: directory });
    for (const args of [
      ['check', 'rules', 'dockgate.rules.yaml'],
      ['test', 'rules', 'dockgate.rules.test.yaml'],
      ['check', 'config', 'prometheus.yaml'],
    ]) {
      const { code, stdout, stderr } = await check(...args);
      expect([args, code, `${stdout.toString()}${stderr}`]).toEqual([args, 0, expect.any(String)]);
    }
  });

  endToEndGate('a gate that is watched', (world) => {
    const [cli] = world.clis;
    const mustDocker = ({ env }: Endpoint, args: readonly string[]) =>
      mustRun(cli.path, args, { env });
    let plain: string;
    let prometheus: string;
    let scraped: string;

    beforeAll(async () => {
      await mustDocker(world.direct, ['network', 'create', 'watched']);
      await mustDocker(world.direct, [
        ...['run', '--detach', '--name', 'watched-1', '--network', 'watched', IMAGE],
        ...['sh', '-c', 'while :; do echo x > /x; sleep 0.05; done'],
      ]);
      const first = await startGate(world, 'plain', 'tcp://127.0.0.1:0');
      const second = await startGate(world, 'tls', 'tcp://0.0.0.0:0');
      plain = first.metrics;
      await mustDocker(first.gate.endpoint, ['ps']);
      await run(cli.path, ['exec', 'watched-1', 'true'], { env: first.gate.endpoint.env });
      prometheus = await startPrometheus(world, first.metrics, second);
      scraped = await (await fetch(`http://${plain}/metrics`)).text();
    });

    afterAll(async () => {
      await mustDocker(world.direct, ['rm', '--force', 'watched-1']);
      await mustDocker(world.direct, ['network', 'rm', 'watched']);
    });

    it('is scraped in plaintext on loopback, and by mutual TLS elsewhere', async () => {
      expect(await query(prometheus, 'up{job="dockgate"}')).toEqual(['1']);
      expect(await query(prometheus, 'up{job="tls"}')).toEqual(['1']);
      const versions = await query(prometheus, 'count by (version) (dockgate_build_info)');
      expect(versions).toEqual(['2']);
    });

    it('gives promtool nothing to complain about', async () => {
      const checked = new Child('promtool', ['check', 'metrics'], { stdin: { text: scraped } });
      expect(await checked.outcome).toMatchObject({ code: 0, stderr: '' });
    });

    it('has every series that dashboard, alerts and documentation name', () => {
      const text = [DASHBOARD, RULES].map((file) => readFileSync(file, 'utf8')).join('\n');
      const named = new Set(text.match(/\b(?:dockgate|container|process|nodejs)_[a-z0-9_]+/g));
      named.delete('dockgate_rules');
      const known = new Set([...scraped.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
      expect([...named].filter((name) => !known.has(name.replace(/_bucket$/, '')))).toEqual([]);
      for (const name of [...Object.keys(SERIES), ...Object.keys(CONTAINER_SERIES)]) {
        expect(known).toContain(name);
      }
    });

    it('has data for every query of the dashboard', async () => {
      expect(QUERIES.length).toBeGreaterThan(30);
      const empty: string[] = [];
      for (const { title, query: asked } of QUERIES) {
        const values = await query(prometheus, asked);
        if (values.length === 0 && !asked.includes(MAY_BE_EMPTY)) empty.push(`${title}: ${asked}`);
      }
      expect(empty).toEqual([]);
    });

    it('shows a container as cAdvisor does', async () => {
      const labels =
        'job="dockgate",name="watched-1",image="busybox:dockgate",id=~"/.*docker[/-][0-9a-f]{64}.*"';
      for (const series of [
        `container_cpu_usage_seconds_total{cpu="total",${labels}} > 0`,
        `container_memory_working_set_bytes{${labels}} > 0`,
        `container_memory_usage_bytes{${labels}} > 0`,
        `container_network_receive_bytes_total{interface="eth0",${labels}}`,
        `container_network_transmit_packets_total{interface="eth0",${labels}}`,
        `container_start_time_seconds{${labels}} > time() - 600`,
        `rate(container_cpu_usage_seconds_total{${labels}}[20s]) > 0`,
      ]) {
        expect([series, await query(prometheus, `count(${series})`)]).toEqual([series, ['1']]);
      }
    });

    it('serves the docker CLI its read-only view', async () => {
      const env = clientEnv(world.home, { DOCKER_HOST: `tcp://${plain}/engine` });
      const endpoint = { name: 'the view', env, address: world.direct.address };
      for (const args of [
        ['ps'],
        ['images'],
        ['info'],
        ['version'],
        ['network', 'ls'],
        ['system', 'df'],
      ]) {
        expect([args, (await docker(cli, endpoint, args)).code]).toEqual([args, 0]);
      }
      expect(await mustDocker(endpoint, ['ps', '--format', '{{.Names}}'])).toContain('watched-1');
      const refused = await docker(cli, endpoint, ['rm', '--force', 'watched-1']);
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toContain('refused: there is GET of');
    });

    it('is asked by "dockgate health"', async () => {
      const { code, stdout } = await run(process.execPath, [
        ...[resolve(import.meta.dirname, '../../dist/main.js'), 'health'],
        ...['--metrics', `tcp://${plain}`],
      ]);
      expect([code, stdout.toString()]).toEqual([0, `gate ${plain}: ready\n`]);
    });
  });
});

interface Watched {
  readonly gate: Gate;
  /** `host:port` */
  readonly metrics: string;
  readonly certs: string;
}

async function startGate(world: World, name: string, metrics: string): Promise<Watched> {
  const dir = join(world.dir, `watched-${name}`);
  mkdirSync(dir);
  const certs = join(dir, 'certs');
  const gate = await Gate.start({
    certs,
    socket: world.socket,
    auditLog: join(dir, 'audit.jsonl'),
    args: ['--metrics', metrics],
    home: world.home,
  });
  const said = await gate.child.waitFor(/"metrics":"tcp:\/\/[^"]*:\d+"/, 'stderr');
  const port = /"metrics":"tcp:\/\/[^"]*:(\d+)"/.exec(said)?.[1] ?? '';
  return { gate, metrics: `127.0.0.1:${port}`, certs };
}

/** @returns its address, once it has seen both gates a few times. */
async function startPrometheus(world: World, plain: string, tls: Watched): Promise<string> {
  const dir = join(world.dir, 'prometheus');
  mkdirSync(dir);
  const admin = join(tls.certs, 'clients/admin');
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [RULES],
    scrape_configs: [
      { job_name: 'dockgate', static_configs: [{ targets: [plain] }] },
      {
        job_name: 'tls',
        scheme: 'https',
        tls_config: {
          ca_file: join(admin, 'ca.pem'),
          cert_file: join(admin, 'cert.pem'),
          key_file: join(admin, 'key.pem'),
        },
        static_configs: [{ targets: [tls.metrics] }],
      },
    ],
  };
  // JSON is YAML.
  writeFileSync(join(dir, 'prometheus.yaml'), JSON.stringify(config));
  await mustRun('promtool', ['check', 'config', join(dir, 'prometheus.yaml')]);
  const address = `127.0.0.1:${await freePort()}`;
  const child = new Child('prometheus', [
    ...[
      `--config.file=${join(dir, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
    ],
    `--web.listen-address=${address}`,
  ]);
  await child.waitFor(/Server is ready to receive web requests/, 'stderr');
  const isThere = 'count(count_over_time(container_last_seen{name="watched-1"}[1m]) >= 8) == 2';
  // It scrapes by its own clock, and tells nobody when it has.
  while ((await query(address, isThere)).length === 0) await pause(100);
  return address;
}

/** The values that a query gives now. */
async function query(address: string, text: string): Promise<readonly string[]> {
  const answer = await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(text)}`);
  const { status, data, error } = (await answer.json()) as {
    status: string;
    error?: string;
    data?: { result: readonly { value: [number, string] }[] };
  };
  if (status !== 'success') throw new Error(`${text}: ${error ?? ''}`);
  return data?.result.map(({ value: [, value] }) => value) ?? [];
}
