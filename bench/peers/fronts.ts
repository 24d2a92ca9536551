import fs from 'node:fs';
import path from 'node:path';
import { freePort, Measured, run } from './process.ts';
import type { World } from './world.ts';

/** A front that is running. */
export interface Front {
  readonly name: string;
  /** host:port */
  readonly address: string;
  readonly process: Measured;
}

/** How to run one front with the certificates of the world, in front of a unix socket. */
export interface FrontKind {
  readonly name: string;
  readonly version: (world: World) => string;
  readonly start: (world: World, socket: string) => Promise<Front>;
}

interface Plan {
  readonly name: string;
  readonly version: (world: World) => string;
  /** The file that configures it. */
  readonly configure: (facts: PlanFacts) => string;
  readonly command: (file: string) => readonly [string, ...string[]];
}

interface PlanFacts {
  readonly world: World;
  readonly socket: string;
  readonly port: number;
  /** A directory of its own. */
  readonly dir: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Certificate and key in one file. */
  readonly pair: string;
}

/** The others, each with an access log where it can write one, and with streaming both ways. */
export const PEERS: readonly FrontKind[] = [
  {
    name: 'nginx',
    version: () => firstWordWith(/nginx\/([\d.]+)/, 'nginx', ['-v']),
    configure: ({ socket, port, dir, ca, cert, key }: PlanFacts) => `
daemon off;
user root;
worker_processes 1;
pid ${dir}/pid;
error_log ${dir}/error.log;
events { worker_connections 8192; }
http {
  log_format json escape=json '{"time":"$time_iso8601","user":"$ssl_client_s_dn","method":"$request_method","uri":"$request_uri","status":$status,"bytes":$bytes_sent}';
  access_log ${dir}/access.log json;
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/f; uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s;
  upstream docker { server unix:${socket}; keepalive 16; }
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${cert};
    ssl_certificate_key ${key};
    ssl_client_certificate ${ca};
    ssl_verify_client on;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_tickets off;
    keepalive_requests 1000000;
    client_max_body_size 0;
    location / {
      proxy_pass http://docker;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
      proxy_read_timeout 1h;
    }
  }
}`,
    command: (file: string) => ['nginx', '-c', file] as const,
  },
  {
    name: 'HAProxy',
    version: () => firstWordWith(/version ([\d.]+)/, 'haproxy', ['-v']),
    configure: ({ socket, port, ca, pair }: PlanFacts) => `
global
  maxconn 8192
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend docker
  bind 127.0.0.1:${port} ssl crt ${pair} ca-file ${ca} verify required no-tls-tickets alpn http/1.1
  default_backend docker
backend docker
  server docker unix@${socket}
`,
    command: (file: string) => ['haproxy', '-db', '-f', file] as const,
  },
  {
    name: 'stunnel',
    version: () => firstWordWith(/stunnel ([\d.]+)/, 'stunnel4', ['-version']),
    configure: ({ socket, port, dir, ca, cert, key }: PlanFacts) => `
foreground = yes
pid = ${dir}/pid
debug = err
[docker]
accept = 127.0.0.1:${port}
connect = ${socket}
cert = ${cert}
key = ${key}
CAfile = ${ca}
verifyChain = yes
requireCert = yes
`,
    command: (file: string) => ['stunnel4', file] as const,
  },
  {
    name: 'Caddy',
    version: () => firstWordWith(/v?([\d.]+)/, 'caddy', ['version']),
    configure: ({ socket, port, dir, ca, cert, key }: PlanFacts) => `
{
  admin off
  auto_https off
  # Clients that dial an address send no name to compare with the Host.
  servers {
    strict_sni_host insecure_off
  }
  storage file_system ${dir}/storage
}
https://127.0.0.1:${port} {
  bind 127.0.0.1
  tls ${cert} ${key} {
    client_auth {
      mode require_and_verify
      trusted_ca_cert_file ${ca}
    }
    alpn http/1.1
  }
  log {
    output file ${dir}/access.log
    format json
  }
  reverse_proxy unix/${socket} {
    flush_interval -1
  }
}
`,
    command: (file: string) =>
      ['caddy', 'run', '--config', file, '--adapter', 'caddyfile'] as const,
  },
].map(peer);

function peer({ name, version, configure, command }: Plan): FrontKind {
  return {
    name,
    version,
    start: async (world, socket) => {
      const port = await freePort();
      const dir = fs.mkdtempSync(path.join(world.dir, `${name}-`));
      const [ca, cert, key] = ['ca.pem', 'server-cert.pem', 'server-key.pem'].map((file) =>
        path.join(world.certs, file),
      ) as [string, string, string];
      const pair = path.join(dir, 'pair.pem');
      fs.writeFileSync(pair, fs.readFileSync(cert, 'utf8') + fs.readFileSync(key, 'utf8'));
      const file = path.join(dir, 'front.conf');
      fs.writeFileSync(file, configure({ world, socket, port, dir, ca, cert, key, pair }));
      const [program, ...args] = command(file);
      const running = new Measured(program, args, { HOME: dir });
      await running.accepts(port);
      return { name, address: `127.0.0.1:${port}`, process: running };
    },
  };
}

/** Whether it is one of ours. */
export function isGate({ name }: Front): boolean {
  return name.startsWith('dockgate');
}

/** How a dockgate of the comparison is set. */
export interface GateSettings {
  readonly name: string;
  readonly node: (world: World) => string;
  /** The program; by default the built one. */
  readonly program?: (world: World) => string;
  /** With the policy of a hundred rules. */
  readonly policy: boolean;
  readonly durability: 'buffer' | 'write';
}

/** dockgate, with its trail and a policy unless a row says otherwise. */
export function gate({
  name,
  node,
  program = (world) => world.program,
  policy,
  durability,
}: GateSettings): FrontKind {
  return {
    name,
    version: (world) =>
      `${run(node(world), [world.program, '--version']).trim()} on Node ${run(node(world), ['--version']).trim()}`,
    start: async (world, socket) => {
      const log = path.join(fs.mkdtempSync(path.join(world.dir, 'gate-')), 'audit.jsonl');
      const running = new Measured(node(world), [
        ...[program(world), 'serve', '-H', 'tcp://127.0.0.1:0', '--certs', world.certs],
        ...['--docker-host', `unix://${socket}`],
        ...['--audit-log', log, '--audit-durability', durability],
        ...(policy ? ['--policy', world.policy] : []),
      ]);
      const port = await running.says(/"address":"tcp:\/\/127\.0\.0\.1:(\d+)"/);
      return { name, address: `127.0.0.1:${port}`, process: running };
    },
  };
}

export const GATE = gate({
  name: 'dockgate',
  node: ({ node }) => node,
  policy: true,
  durability: 'write',
});

export const GATE_ON_NEWEST = gate({
  name: 'dockgate, newest LTS',
  node: ({ newestNode, node }) => newestNode ?? node,
  policy: true,
  durability: 'write',
});

/** Neither trail nor policy: the trail's module is exchanged for one that does nothing. */
export const BARE_GATE = gate({
  name: 'dockgate without trail and policy',
  node: ({ node }) => node,
  program: ({ bareProgram }) => bareProgram,
  policy: false,
  durability: 'buffer',
});

function firstWordWith(pattern: RegExp, command: string, args: readonly string[]): string {
  const said = run('sh', ['-c', `${[command, ...args].join(' ')} 2>&1`]);
  return pattern.exec(said)?.[1] ?? said.trim();
}
