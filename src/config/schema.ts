import { z } from 'zod';
import { count, noneTwice, path, size, time } from './kinds.ts';

/** Levels of the operational log, most important first. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What is promised of a line of the trail before a call goes on. */
export const DETAIL_LEVELS = ['full', 'standard', 'minimal', 'off'] as const;
export const DURABILITIES = ['write', 'fsync', 'buffer'] as const;

/**
 * The settings of `serve`, the one place for each: name, kind, default, and what `--help` says of it. The names are those of the
 * flags, of the YAML file and, upper-cased with `DOCKGATE_` before them, of the environment. Help, `--print-config`,
 * completion and man pages are made of this too (settings.ts).
 */
export const settingsSchema = z.strictObject({
  host: z
    .array(z.string())
    .min(1, 'at least one address is needed')
    .refine(noneTwice, 'an address is given twice')
    .default(['tcp://0.0.0.0:2376'])
    .meta({
      alias: 'H',
      description:
        'Where to listen: tcp:// is always mutual TLS, unix://PATH is for callers of this host, fd:// takes what systemd opened; repeatable',
    }),
  'unix-mode': z
    .string('expected a mode in quotes, such as "0660"')
    .default('0660')
    .describe('Mode of the socket of --host unix://PATH; nothing is for others'),
  'unix-group': z
    .union([z.string(), z.number().int()])
    .transform(String)
    .optional()
    .describe('Group that may connect to it, by name or number; the gate’s own unless given'),
  'docker-host': z.string().default('unix:///var/run/docker.sock').describe('The daemon behind'),
  certs: path.default('./certs').describe('Directory that init-certs made'),
  tlscacert: path.optional().describe('CA file, instead of CERTS/ca.pem'),
  tlscert: path.optional().describe('Certificate file, instead of CERTS/server-cert.pem'),
  tlskey: path.optional().describe('Key file, instead of CERTS/server-key.pem'),
  crl: z
    .array(path)
    .default([])
    .describe('Revocation lists of another CA, beside CERTS/crl.pem; repeatable'),
  'auto-renew': z
    .boolean()
    .default(false)
    .describe('Renew the server certificate 30 days before its end, with CERTS/ca-key.pem'),
  init: z
    .boolean()
    .default(false)
    .describe('Create missing certificates first; the first client is "admin"'),
  san: z
    .array(z.string())
    .default([])
    .describe('With --init: name or address that clients dial; repeatable'),
  client: z
    .array(z.string())
    .default([])
    .describe('With --init: user to make a certificate for; repeatable'),
  metrics: z
    .string()
    .optional()
    .describe(
      'Address for health, metrics and a read-only view, such as tcp://127.0.0.1:9376: plaintext on 127.0.0.1 and [::1], mutual TLS elsewhere',
    ),
  'audit-log': path
    .default('./logs/audit.jsonl')
    .describe('File for one line per call, or "-" for standard output'),
  'audit-detail': z
    .enum(DETAIL_LEVELS)
    .default('standard')
    .describe(
      'What the trail tells of command lines: all (full), with what looks like a secret masked (standard), nothing (minimal); off reads no bodies at all',
    ),
  'audit-durability': z
    .enum(DURABILITIES)
    .default('write')
    .describe(
      'What holds before a call goes on: its line is with the kernel (write; harmless reads may wait with buffer), or on the disk (fsync)',
    ),
  'audit-optional-reads': z
    .boolean()
    .default(false)
    .describe('Serve harmless reads even while the audit log cannot be written'),
  'audit-max-size': size()
    .prefault('100MB')
    .describe('Rotate the audit log before it is larger; 0: never'),
  'audit-max-age': time()
    .prefault(0)
    .describe('Rotate the audit log when it is older, such as 1d; 0: never'),
  'audit-keep': count(0).default(100).describe('Rotated audit logs that are kept; 0: all'),
  'audit-checkpoint-lines': count(1)
    .default(1_000)
    .describe('Sign the audit log after so many lines'),
  'audit-checkpoint-every': time()
    .prefault('60s')
    .describe('Sign the audit log after so much time with lines in it'),
  'audit-key': path.optional().meta({
    description: 'Key that signs the audit log; made where it is missing',
    defaultDescription: 'audit-key.pem beside the log',
  }),
  policy: path
    .optional()
    .describe('YAML file that says who may do what; without one every certificate is root'),
  'log-level': z
    .enum(LOG_LEVELS)
    .default('info')
    .describe('How much the gate says about itself on standard error'),
  debug: z
    .boolean()
    .default(false)
    .meta({ alias: 'D', description: 'The same as --log-level debug' }),
  'max-connections': count(1).default(20_000).describe('Connections open at a time, all together'),
  'max-connections-per-user': count(1)
    .default(10_000)
    .describe('Connections open at a time, of one user'),
  'max-streams-per-user': count(1)
    .default(5_000)
    .describe('Streams (logs, attach, exec, …) under way at a time, of one user'),
  'max-handshakes': count(1)
    .default(2_000)
    .describe('Connections at a time that have not shown a certificate yet'),
  'max-handshakes-per-second': count(0)
    .default(100)
    .describe(
      'Handshakes per second of one address (IPv6: /64) while another one is connected; more wait, 0: no limit',
    ),
  'max-inspected-body': size(1)
    .prefault('4MiB')
    .describe('Size of a body that has to be read before the daemon gets it; over it 413'),
  'shutdown-timeout': time(86_400_000)
    .prefault('30s')
    .describe('Time that calls in flight may take to finish after SIGTERM'),
  'upgrade-timeout': time()
    .prefault('24h')
    .describe(
      'Time that calls may go on in this process after SIGUSR1 has started another; 0: no limit',
    ),
  /** The file that the other settings come from; flag and environment only. */
  config: z.undefined('a file names no other').optional().describe('YAML file with the same names'),
});

export type Settings = z.output<typeof settingsSchema>;
export type SettingName = keyof Settings;

/** An address to listen on by mutual TLS. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Who may connect to the unix sockets of the gate. */
export interface LocalAccess {
  /** Permissions of the socket's file. */
  readonly mode: number;
  /** Name or number of a group; undefined: that of the process. */
  readonly group: string | undefined;
}

/** Where the gate is watched from. */
export interface MetricsAddress extends ListenAddress {
  /** True on a loopback address, which is served in plaintext. Everywhere else it is mutual TLS. */
  readonly plain: boolean;
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
  /** Of one address while another one is connected; 0: no limit. */
  readonly handshakesPerSecond: number;
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
  /** Absolute paths of unix sockets for callers of this host. */
  readonly localSockets: readonly string[];
  readonly localAccess: LocalAccess;
  /** Which of the sockets that were handed over to listen on: a name, a number, or empty for all. */
  readonly inherited: readonly string[];
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
  /** Where health, metrics and the read-only view are; undefined: nowhere. */
  readonly metrics: MetricsAddress | undefined;
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
  /** How long calls in flight may take to finish once another process has taken over, ms; 0: as long as they like. */
  readonly upgradeTimeoutMs: number;
}
