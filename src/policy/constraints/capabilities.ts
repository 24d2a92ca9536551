/** What the daemon gives a container that asks for nothing (moby daemon/pkg/oci/caps/defaults.go). */
export const DEFAULT_CAPABILITIES: ReadonlySet<string> = new Set(
  `CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE
  SYS_CHROOT KILL AUDIT_WRITE`.split(/\s+/),
);

const OTHERS =
  `AUDIT_CONTROL AUDIT_READ BLOCK_SUSPEND BPF CHECKPOINT_RESTORE DAC_READ_SEARCH IPC_LOCK
  IPC_OWNER LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE NET_ADMIN NET_BROADCAST PERFMON SYS_ADMIN
  SYS_BOOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG
  SYSLOG WAKE_ALARM`.split(/\s+/);

/** All of them at once. */
export const ALL = 'ALL';

const KNOWN: ReadonlySet<string> = new Set([...DEFAULT_CAPABILITIES, ...OTHERS, ALL]);

/** `cap_sys_admin`, `SYS_ADMIN` and `Sys_Admin` are one to the daemon (caps/utils.go). */
export function normalCapability(text: string): string {
  return text.toUpperCase().replace(/^CAP_/, '');
}

export function isCapability(text: string): boolean {
  return KNOWN.has(normalCapability(text));
}

/**
 * Capabilities that lead to root of the host, or near, by themselves: modules, raw memory and
 * disks, other processes, mounts, the network, file checks.
 */
export const ROOT_CAPABILITIES: ReadonlySet<string> = new Set(
  `ALL SYS_ADMIN SYS_MODULE SYS_RAWIO SYS_PTRACE DAC_READ_SEARCH BPF PERFMON SYSLOG SYS_BOOT MAC_ADMIN
  MAC_OVERRIDE NET_ADMIN SYS_TIME CHECKPOINT_RESTORE`.split(/\s+/),
);
