import path from 'node:path';
import { CommandError } from '../errors.ts';
import {
  settingsSchema,
  type AuditConfig,
  type Config,
  type ListenAddress,
  type Settings,
} from './schema.ts';
import { parseBytes, parseDuration } from './units.ts';

/**
 * Checks merged settings and resolves them.
 *
 * @param found problems that were met while the settings were put together.
 * @throws CommandError `CONFIG_INVALID`; the message lists every problem at once.
 */
export function validateSettings(
  raw: Readonly<Record<string, unknown>>,
  found: readonly string[] = [],
): Config {
  const parsed = settingsSchema.safeParse(raw);
  const problems = [...found, ...(parsed.error?.issues ?? []).map(describe)];
  const { host: hosts, 'docker-host': daemon } = settingsSchema.shape;
  const listen = (hosts.safeParse(raw['host']).data ?? []).map((host) =>
    parseListen(host, problems),
  );
  const dockerSocket = parseDockerHost(daemon.safeParse(raw['docker-host']).data, problems);
  const audit = readAudit(parsed.data, problems);
  if (!parsed.success || audit === undefined || problems.length > 0) fail(problems);
  const settings = parsed.data;
  return freeze<Config>({
    listen: listen.filter((address) => address !== undefined),
    dockerSocket,
    certsDir: settings.certs,
    tls: tlsFiles(settings),
    crls: settings.crl,
    autoRenew: settings['auto-renew'],
    init: settings.init ? { sans: settings.san, clients: settings.client } : undefined,
    auditLog: settings['audit-log'],
    audit,
    policyFile: settings.policy,
    logLevel: settings['log-level'],
    limits: {
      connections: settings['max-connections'],
      connectionsPerUser: settings['max-connections-per-user'],
      streamsPerUser: settings['max-streams-per-user'],
      handshakes: settings['max-handshakes'],
    },
    maxInspectedBody: settings['max-inspected-body'],
    shutdownTimeoutMs: settings['shutdown-timeout'] * 1000,
  });
}

function readAudit(settings: Settings | undefined, problems: string[]): AuditConfig | undefined {
  if (settings === undefined) return undefined;
  const sized = (name: 'audit-max-size'): number =>
    parseBytes(settings[name]) ?? wrong(name, settings[name], 'a size such as 100MB', problems);
  const timed = (name: 'audit-max-age' | 'audit-checkpoint-every'): number =>
    parseDuration(settings[name]) ?? wrong(name, settings[name], 'a time such as 7d', problems);
  return {
    detail: settings['audit-detail'],
    durability: settings['audit-durability'],
    optionalReads: settings['audit-optional-reads'],
    maxBytes: sized('audit-max-size'),
    maxAgeMs: timed('audit-max-age'),
    keep: settings['audit-keep'],
    checkpointLines: settings['audit-checkpoint-lines'],
    checkpointMs: timed('audit-checkpoint-every'),
    keyFile: settings['audit-key'],
  };
}

function wrong(name: string, value: string, expected: string, problems: string[]): number {
  problems.push(`--${name} ${value}: expected ${expected}`);
  return 0;
}

function tlsFiles(settings: Settings): Config['tls'] {
  return {
    ca: settings.tlscacert ?? path.join(settings.certs, 'ca.pem'),
    cert: settings.tlscert ?? path.join(settings.certs, 'server-cert.pem'),
    key: settings.tlskey ?? path.join(settings.certs, 'server-key.pem'),
  };
}

const TCP_ADDRESS = /^tcp:\/\/(?:\[([0-9A-Fa-f:.]+)\]|([^/:[\]\s]*))(?::([0-9]{1,5}))?\/?$/;
const DEFAULT_PORT = 2376;

/** `tcp://HOST:PORT`, `tcp://[IPv6]:PORT`, `tcp://:PORT` (all addresses), as dockerd takes them. */
function parseListen(text: string, problems: string[]): ListenAddress | undefined {
  const match = TCP_ADDRESS.exec(text);
  const port = match?.[3] === undefined ? DEFAULT_PORT : Number(match[3]);
  if (match === null || port > 65_535) {
    problems.push(`--host ${text}: expected tcp://HOST:PORT`);
    return undefined;
  }
  const host = match[1] ?? match[2] ?? '';
  return { host: host === '' ? '0.0.0.0' : host, port };
}

function parseDockerHost(text: string | undefined, problems: string[]): string {
  if (text === undefined) return '';
  const socket = /^unix:\/\/(\/.+)$/.exec(text)?.[1];
  if (socket === undefined) problems.push(`--docker-host ${text}: expected unix:///PATH`);
  return socket ?? '';
}

function describe(issue: { path: PropertyKey[]; message: string }): string {
  const where = issue.path.length === 0 ? '' : `--${String(issue.path[0])}: `;
  return `${where}${issue.message}`;
}

function fail(problems: readonly string[]): never {
  throw new CommandError(
    'CONFIG_INVALID',
    problems.join('; '),
    'see "dockgate serve --help" for every setting; flags win over DOCKGATE_* variables, these over --config',
  );
}

/** Freezes an object and what it holds. */
function freeze<T extends object>(value: T): Readonly<T> {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) freeze(part as object);
  }
  return Object.freeze(value);
}
