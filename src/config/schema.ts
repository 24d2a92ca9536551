import { z } from 'zod';

/** Levels of the operational log, most important first. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What is promised of a line of the trail before a call goes on. */
export const DETAIL_LEVELS = ['full', 'standard', 'minimal', 'off'] as const;
export const DURABILITIES = ['write', 'fsync', 'buffer'] as const;

/**
 * The settings of `serve` as people write them: the names are those of the flags, of the YAML file
 * and, upper-cased with `DOCKGATE_` before them, of the environment.
 */
export const settingsSchema = z.strictObject({
  host: z
    .array(z.string())
    .min(1, 'at least one address is needed')
    .default(['tcp://0.0.0.0:2376']),
  'docker-host': z.string().default('unix:///var/run/docker.sock'),
  certs: z.string().default('./certs'),
  tlscacert: z.string().optional(),
  tlscert: z.string().optional(),
  tlskey: z.string().optional(),
  crl: z.array(z.string()).default([]),
  'auto-renew': z.boolean().default(false),
  init: z.boolean().default(false),
  san: z.array(z.string()).default([]),
  client: z.array(z.string()).default([]),
  /** Without one every valid certificate is root on the daemon's host. */
  policy: z.string().optional(),
  'audit-log': z.string().default('./logs/audit.jsonl'),
  'audit-detail': z.enum(DETAIL_LEVELS).default('standard'),
  'audit-durability': z.enum(DURABILITIES).default('write'),
  'audit-optional-reads': z.boolean().default(false),
  'audit-max-size': z.string().default('100MB'),
  'audit-max-age': z.string().default('0'),
  'audit-keep': z.number().int().min(0).default(100),
  'audit-checkpoint-lines': z.number().int().min(1).default(1_000),
  'audit-checkpoint-every': z.string().default('60s'),
  'audit-key': z.string().optional(),
  'log-level': z.enum(LOG_LEVELS).default('info'),
  /** The file that the other settings come from; flag and environment only. */
  config: z.undefined().optional(),
  'max-connections': z.number().int().min(1).default(20_000),
  'max-connections-per-user': z.number().int().min(1).default(10_000),
  'max-streams-per-user': z.number().int().min(1).default(5_000),
  'max-handshakes': z.number().int().min(1).default(2_000),
  'max-inspected-body': z
    .number()
    .int()
    .min(1)
    .default(4 * 1024 * 1024),
  'shutdown-timeout': z.number().min(0).max(86_400).default(30),
});

export type Settings = z.output<typeof settingsSchema>;
export type SettingName = keyof Settings;

/** An address to listen on. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** How much of the gate anybody may take. */
export interface Limits {
  /** Open connections, all together. */
  readonly connections: number;
  readonly connectionsPerUser: number;
  /** Calls under way that may last (streams and upgraded calls) of one user. */
  readonly streamsPerUser: number;
  /** Connections that have not shown a certificate yet. */
  readonly handshakes: number;
}

/** How the trail is written; docs/audit-format.md explains each. */
export interface AuditConfig {
  /** How much the trail says of what calls ask for. */
  readonly detail: (typeof DETAIL_LEVELS)[number];
  readonly durability: (typeof DURABILITIES)[number];
  /** Whether harmless reads are served while the trail cannot be written. */
  readonly optionalReads: boolean;
  /** Bytes; 0: never rotated for its size. */
  readonly maxBytes: number;
  /** ms; 0: never rotated for its age. */
  readonly maxAgeMs: number;
  /** Rotated files that are kept; 0: all. */
  readonly keep: number;
  readonly checkpointLines: number;
  readonly checkpointMs: number;
  /** PEM of the key that signs checkpoints; undefined: beside the log. */
  readonly keyFile: string | undefined;
}

/** What a gate needs to know, checked and resolved; frozen. */
export interface Config {
  readonly listen: readonly ListenAddress[];
  /** Path of the daemon's unix socket. */
  readonly dockerSocket: string;
  /** Directory in the layout that `init-certs` makes. */
  readonly certsDir: string;
  /** PEM files that the listener reads. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Files with revocation lists, beside `crl.pem` in `certsDir`. */
  readonly crls: readonly string[];
  /** Whether the gate renews its own certificate while the CA's key is at hand. */
  readonly autoRenew: boolean;
  /** What to make in `certsDir` first where it is missing; undefined: nothing. */
  readonly init:
    { readonly sans: readonly string[]; readonly clients: readonly string[] } | undefined;
  /** Path, or `-` for standard output. */
  readonly auditLog: string;
  readonly audit: AuditConfig;
  /** Path of the policy; undefined: everybody may do everything. */
  readonly policyFile: string | undefined;
  readonly logLevel: LogLevel;
  readonly limits: Limits;
  /** The most that a body may hold which has to be read before it goes up, in bytes. */
  readonly maxInspectedBody: number;
  /** How long calls in flight may take to finish once the gate stops, ms. */
  readonly shutdownTimeoutMs: number;
}
