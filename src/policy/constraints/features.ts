/**
 * What a constrained role may use only if its `features` name it: each word opens fields that are
 * no root by themselves, but more than a plain container takes.
 */
export const FEATURES = [
  /** Endpoint settings: names by which others find the container. */
  'aliases',
  /** Endpoint settings: fixed IP and MAC addresses, priority of the gateway. */
  'addresses',
  /** Endpoint settings: options of the network driver, per-interface sysctls among them. */
  'endpoint-options',
  'dns',
  'extra-hosts',
  /** `host-gateway` in extra hosts. */
  'host-gateway',
  /** Mounts that appear on the host, or the other way round. */
  'propagation',
  /** `z` and `Z` change SELinux labels of files of the host. */
  'relabel',
  /** The daemon makes missing directories of the host. */
  'create-mountpoint',
  /** Read-only binds whose submounts stay writable. */
  'submounts',
  /** `dev` and `suid` in a tmpfs. */
  'tmpfs-options',
  /** Other masked or read-only paths than the daemon's own. */
  'unmask-paths',
  /** No OOM killer, or a score that spares the container. */
  'oom',
  'realtime',
  /** Limits that name block devices of the host. */
  'block-devices',
  'storage-options',
  'auto-remove',
  'restart',
  'publish-all',
  /** Own subnets and gateways of networks. */
  'subnets',
  /** Ingress, config-only and scoped networks. */
  'swarm-networks',
  /** Services: placement, global mode. */
  'placement',
  /** Services: an earlier specification again, unseen. */
  'rollback',
  /** Builds: exporters other than the local image store. */
  'build-outputs',
] as const;

export type Feature = (typeof FEATURES)[number];
