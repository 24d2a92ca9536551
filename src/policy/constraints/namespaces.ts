/** The shared namespaces that a role may be granted, each by itself. */
export const NAMESPACES = [
  'pid=host',
  'ipc=host',
  'ipc=shareable',
  'network=host',
  'uts=host',
  'user=host',
  'cgroup=host',
] as const;

export type Namespace = (typeof NAMESPACES)[number];
