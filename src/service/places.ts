import path from 'node:path';

/** Where things are on a host; all below `root`, which is `/` but for images that are put together. */
export interface Places {
  readonly root: string;
  readonly service: string;
  readonly socket: string;
  readonly user: string;
  readonly settings: string;
}

/** The administrator's own directories: those of a package come after them. */
export function placesBelow(root: string): Places {
  return {
    root,
    service: path.join(root, 'etc/systemd/system/dockgate.service'),
    socket: path.join(root, 'etc/systemd/system/dockgate.socket'),
    user: path.join(root, 'etc/sysusers.d/dockgate.conf'),
    settings: path.join(root, 'etc/dockgate/dockgate.yaml'),
  };
}

/** What outlives the service: certificates, trail, settings. */
export const KEPT = ['/var/lib/dockgate', '/var/log/dockgate', '/etc/dockgate'] as const;
