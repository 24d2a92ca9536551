import path from 'node:path';
import { CommandError } from '../errors.ts';
import { settingsSchema, type AuditConfig, type Config, type Settings } from './schema.ts';
import { readAccess, readHosts } from './hosts.ts';
import { readMetrics } from './metrics.ts';
import { problemsOf } from './problems.ts';

type PlaceOf = (name: string) => string;

/**
 * Checks merged settings and resolves them.
 *
 * @param found problems that were met while the settings were put together.
 * @param placeOf where a setting was given, as its problems shall name it.
 * @throws CommandError `CONFIG_INVALID`; the message lists every problem at once.
 */
export function validateSettings(
  raw: Readonly<Record<string, unknown>>,
  found: readonly string[] = [],
  placeOf: PlaceOf = (name) => `--${name}`,
): Config {
  const parsed = settingsSchema.safeParse(raw);
  const problems = [
    ...found,
    ...(parsed.error?.issues ?? []).flatMap((issue) => problemsOf(issue, raw)),
  ];
  const { host: hosts, 'docker-host': daemon } = settingsSchema.shape;
  const dockerSocket = parseDockerHost(daemon.safeParse(raw['docker-host']).data, problems);
  const places = readHosts(hosts.safeParse(raw['host']).data ?? [], dockerSocket, problems);
  const localAccess = readAccess(parsed.data, problems);
  const metrics = readMetrics(
    settingsSchema.shape.metrics.safeParse(raw['metrics']).data,
    problems,
  );
  if (!parsed.success || problems.length > 0) fail(problems, placeOf);
  const settings = parsed.data;
  return freeze<Config>({
    ...places,
    localAccess,
    dockerSocket,
    certsDir: settings.certs,
    tls: tlsFiles(settings),
    crls: settings.crl,
    autoRenew: settings['auto-renew'],
    init: settings.init ? { sans: settings.san, clients: settings.client } : undefined,
    metrics,
    auditLog: settings['audit-log'],
    audit: readAudit(settings),
    policyFile: settings.policy,
    logLevel: settings['log-level'],
    limits: {
      connections: settings['max-connections'],
      connectionsPerUser: settings['max-connections-per-user'],
      streamsPerUser: settings['max-streams-per-user'],
      handshakes: settings['max-handshakes'],
      handshakesPerSecond: settings['max-handshakes-per-second'],
    },
    maxInspectedBody: settings['max-inspected-body'],
    shutdownTimeoutMs: settings['shutdown-timeout'],
    upgradeTimeoutMs: settings['upgrade-timeout'],
  });
}

function readAudit(settings: Settings): AuditConfig {
  return {
    detail: settings['audit-detail'],
    durability: settings['audit-durability'],
    optionalReads: settings['audit-optional-reads'],
    maxBytes: settings['audit-max-size'],
    maxAgeMs: settings['audit-max-age'],
    keep: settings['audit-keep'],
    checkpointLines: settings['audit-checkpoint-lines'],
    checkpointMs: settings['audit-checkpoint-every'],
    keyFile: settings['audit-key'],
  };
}

function tlsFiles(settings: Settings): Config['tls'] {
  return {
    ca: settings.tlscacert ?? path.join(settings.certs, 'ca.pem'),
    cert: settings.tlscert ?? path.join(settings.certs, 'server-cert.pem'),
    key: settings.tlskey ?? path.join(settings.certs, 'server-key.pem'),
  };
}

function parseDockerHost(text: string | undefined, problems: string[]): string {
  if (text === undefined) return '';
  const socket = /^unix:\/\/(\/.+)$/.exec(text)?.[1];
  if (socket === undefined) problems.push(`--docker-host ${text}: expected unix:///PATH`);
  return socket ?? '';
}

/** Problems are found in settings, whose names are those of flags; where else one was given is said here. */
function fail(problems: readonly string[], placeOf: PlaceOf): never {
  const placed = problems.map((problem) =>
    problem.replace(/^--([a-z][a-z0-9-]*)/, (_flag, name: string) => placeOf(name)),
  );
  throw new CommandError(
    'CONFIG_INVALID',
    placed.join('; '),
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
